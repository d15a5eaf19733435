import { expect } from "chai";
import { simulate } from "./simulation/simulate.ts";

const { ECOBEAT_SIMULATIONS: simulations = 3, ECOBEAT_SIMULATION_SEED: firstSeed } = process.env;

/** What must occur in the first three: a simulation in which nothing fails shows nothing. */
const required = [
  ...["200", "401", "403", "413", "429", "503", "504", "no response"],
  ...["recorded", "refused", "crashes", "expired"],
  ...["refresh_token_repeated_late", "refresh_rotation_recovered"],
];

// ECOBEAT_SIMULATIONS=50 runs as many. ECOBEAT_SIMULATION_SEED=7 begins with that seed: one that failed, or new ones.
describe("Ten days of phones and of a service in which everything fails", () => {
  const events = new Map<string, number>();

  for (const seed of Array.from({ length: Number(simulations) }, (_, index) => Number(firstSeed ?? 1) + index)) {
    it(`lose no activity, store none twice, and log no one out (seed ${seed})`, async () => {
      const result = await simulate(seed);
      for (const [event, count] of result.events) events.set(event, (events.get(event) ?? 0) + count);
      expect(result.mistakes).to.deep.equal([]);
    });
  }

  if (!firstSeed) {
    it("are hard", () => {
      expect(required.filter((event) => !events.has(event))).to.deep.equal([]);
    });
  }
});
