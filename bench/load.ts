import { measureMixedWorkload } from "./load/day-at.ts";
import { startPopulatedServer } from "./load/populated-server.ts";
import { measureServiceOverhead } from "./load/service-overhead.ts";
import type { Section } from "./report.ts";

/** Users for each request under way: an app asks seldom. */
const peoplePerRequest = 4;
const fewestPeople = 50;

const warmUpMilliseconds = 3_000;

/**
 * The local server on real services under the load of a mixed day, at one concurrency after the other, and what of it is ours.
 * @param minutes for all of them together
 */
export async function* measureLoad(
  minutes: number,
  concurrencies: readonly number[],
): AsyncGenerator<Section> {
  const people = Math.max(fewestPeople, peoplePerRequest * Math.max(...concurrencies));
  const populated = await startPopulatedServer(people);
  try {
    const milliseconds = (minutes * 60_000) / concurrencies.length;
    await measureMixedWorkload(populated, concurrencies[0]!, warmUpMilliseconds);
    for (const concurrency of concurrencies)
      yield await measureMixedWorkload(populated, concurrency, milliseconds);
    yield await measureServiceOverhead(populated);
  } finally {
    await populated.remove();
  }
}
