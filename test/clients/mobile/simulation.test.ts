import { expect } from "chai";
import { simulate } from "./simulation/simulate.ts";

const { ECOBEAT_SIMULATIONS: more, ECOBEAT_SIMULATION_SEED: given } = process.env;
const firstSeed = Number(given ?? (more ? Date.now() % 1e9 : 1));

/** What must occur in the first three: a simulation in which nothing fails shows nothing. */
const required = [
  ...["200", "401", "403", "413", "429", "503", "504", "no response"],
  ...["recorded", "refused", "crashes", "expired"],
  ...["refresh_token_repeated_late", "refresh_rotation_recovered"],
];

// ECOBEAT_SIMULATIONS=50 runs as many, of new seeds. ECOBEAT_SIMULATION_SEED=7 begins with that seed, to repeat one that failed.
describe("Ten days of phones and of a service in which everything fails", () => {
  const events = new Map<string, number>();

  for (const seed of Array.from({ length: Number(more ?? 3) }, (_, index) => firstSeed + index)) {
    it(`lose no activity, store none twice, and log no one out (seed ${seed})`, async () => {
      const result = await simulate(seed);
      for (const [event, count] of result.events) events.set(event, (events.get(event) ?? 0) + count);
      expect(result.mistakes).to.deep.equal([]);
    });
  }

  if (!more && !given) {
    it("are hard", () => {
      expect(required.filter((event) => !events.has(event))).to.deep.equal([]);
    });
  }
});
