import type { components } from "../../../../clients/mobile/index.ts";
import { newPerson } from "../../../support/service.ts";
import { FaultyService } from "./faulty-service.ts";
import { Network } from "./network.ts";
import { Phone } from "./phone.ts";
import { Random } from "./random.ts";
import { day, hour, VirtualTime } from "./virtual-time.ts";

/** What a simulation ended with. */
export interface Result {
  /** What must not be. */
  mistakes: string[];
  /** What occurred, and how often: if nothing failed, the simulation shows nothing. */
  events: Map<string, number>;
}

const start = Date.parse("2026-11-22T12:00:00Z");

/** Lets three phones of two users run for ten days, and then sends what is left. */
export async function simulate(seed: number): Promise<Result> {
  const time = new VirtualTime(start);
  const service = new FaultyService(time);
  const { random } = Math;
  // For the pauses of the client.
  Math.random = () => 0.5;
  try {
    await service.start();
    return await time.run(runPhones(seed, time, service));
  } finally {
    Math.random = random;
    await service.stop();
  }
}

async function runPhones(seed: number, time: VirtualTime, service: FaultyService): Promise<Result> {
  const [ann, ben] = [newPerson(), newPerson()];
  const setUp = (name: string, person: typeof ann) => {
    const network = new Network(time, new Random(seed, `network of ${name}`), service);
    const phone = new Phone({ name, person, time, random: new Random(seed, name), network, service });
    return { person, network, phone };
  };
  const phones = [setUp("Ann's phone", ann), setUp("Ann's tablet", ann), setUp("Ben's phone", ben)] as const;
  await phones[0].phone.register();
  await phones[2].phone.register();
  const end = time.now() + 10 * day;
  await Promise.all([
    service.fail(new Random(seed, "service"), end),
    service.fail(new Random(seed, "service, too"), end),
    ...phones.flatMap(({ phone, network }) => [phone.live(end), network.change(end)]),
  ]);
  await time.wait(hour);
  const mistakes: string[] = [];
  for (const { phone } of phones) {
    const queued = await phone.finish();
    if (queued > 0) mistakes.push(`${queued} activities are still queued`);
  }
  for (const person of [ann, ben]) {
    const own = phones.filter((each) => each.person === person).map(({ phone }) => phone);
    mistakes.push(...findMistakes(own, await list(own[0]!)));
  }
  return { mistakes, events: countEvents(phones, service) };
}

/** The notes of all activities of a user. */
async function list(phone: Phone): Promise<string[]> {
  const { client } = phone.open();
  const notes: string[] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = { limit: 100, ...(cursor !== null && { cursor }) };
    const { data }: { data?: components["schemas"]["ActivityPage"] } = await client.api.GET("/v1/activities", {
      params: { query },
    });
    notes.push(...data!.activities.map(({ note }) => note!));
    cursor = data!.next_cursor;
  } while (cursor !== null);
  return notes;
}

/** Compares what the phones of a user recorded with what the service has. */
function findMistakes(phones: readonly Phone[], stored: readonly string[]): string[] {
  const mistakes: string[] = [];
  const expectNone = (what: string, notes: readonly string[]) => {
    if (notes.length > 0)
      mistakes.push(`${notes.length} ${what}: ${notes.map((note) => note.slice(0, 20)).join(", ")}`);
  };
  const attempted = new Set(phones.flatMap((phone) => [...phone.attempted]));
  expectNone(
    "are stored twice",
    stored.filter((note, index) => stored.indexOf(note) !== index),
  );
  expectNone(
    "are stored that no phone recorded",
    stored.filter((note) => !attempted.has(note)),
  );
  for (const { recorded, bad, refused, unreadable, ends } of phones) {
    const good = [...recorded].filter((note) => !bad.has(note));
    expectNone(
      "are lost",
      good.filter((note) => !stored.includes(note)),
    );
    expectNone(
      "are refused without a reason",
      [...refused].filter((note) => !bad.has(note)),
    );
    expectNone(
      "are bad and not refused",
      [...bad].filter((note) => recorded.has(note) && !refused.has(note)),
    );
    expectNone(
      "are bad and stored",
      [...bad].filter((note) => stored.includes(note)),
    );
    expectNone("values cannot be read", unreadable);
    expectNone(
      "sessions are lost",
      ends.filter((end) => end === "lost"),
    );
  }
  return mistakes;
}

function countEvents(phones: readonly { phone: Phone; network: Network }[], service: FaultyService): Result["events"] {
  const events = new Map(service.events);
  const add = (what: string, count: number) => events.set(what, (events.get(what) ?? 0) + count);
  for (const { phone, network } of phones) {
    for (const [outcome, count] of network.outcomes) add(outcome, count);
    add("recorded", phone.recorded.size);
    add("refused", phone.refused.size);
    add("crashes", phone.storage.crashes);
    add("expired", phone.ends.length);
  }
  return events;
}
