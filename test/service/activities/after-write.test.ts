import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { storeBatch } from "../../../service/activities/batch.ts";
import type { ActivityRepository } from "../../../service/activities/repository.ts";
import { today } from "../../support/service.ts";
import { item } from "./support.ts";

/** Whether it has ended after all that could end it has run. */
async function hasEnded(work: Promise<unknown>): Promise<boolean> {
  let ended = false;
  const end = () => {
    ended = true;
  };
  work.then(end, end);
  await new Promise(setImmediate);
  return ended;
}

describe("What follows the write of a batch", () => {
  const fail = (message: string) => async () => {
    throw new Error(message);
  };
  const store = (repository: object, afterWrite: () => Promise<unknown>) =>
    storeBatch(repository as ActivityRepository, randomUUID(), [item()], today, afterWrite);

  for (const [what, repository] of [
    ["the write", { insertMissing: fail("write") }],
    ["reading what is stored", { insertMissing: async () => new Set(), findByKeys: fail("read") }],
  ] as const) {
    // Lambda freezes a process after its response.
    it(`ends before the response, though ${what} failed`, async () => {
      let end!: () => void;
      const batch = store(repository, () => new Promise<void>((resolve) => (end = resolve)));
      expect(await hasEnded(batch)).to.equal(false);
      end();
      expect(await hasEnded(batch)).to.equal(true);
      expect(await batch.catch(({ message }) => message)).to.be.oneOf(["write", "read"]);
    });

    it(`decides how the batch fails if it and ${what} fail`, async () => {
      const batch = store(repository, fail("afterwards"));
      expect(await batch.catch(({ message }) => message)).to.equal("afterwards");
    });
  }
});
