import { expect } from "chai";
import { SigningKeyRing } from "../../../service/auth/signing-key-ring.ts";
import type { SigningKey, StagedKeys } from "../../../service/auth/signing-keys.ts";
import { jsonLogger } from "../../../service/platform/logging.ts";
import { defaultTimeouts } from "../../../service/platform/timeouts.ts";

const keys: StagedKeys = { current: { kid: "a", publicJwk: { kid: "a" } } as SigningKey };

describe("A read of the signing keys that fails after a freeze", () => {
  for (const [what, isReadAgain] of [
    ["is an error", false],
    ["is none once another read has begun", true],
  ] as const) {
    it(what, async () => {
      const reads: { resolve(keys: StagedKeys): void; reject(error: Error): void }[] = [];
      const lines: string[] = [];
      let now = 0;
      const ring = new SigningKeyRing(
        () => new Promise((resolve, reject) => reads.push({ resolve, reject })),
        () => now,
        jsonLogger((line) => lines.push(line)),
      );
      const first = ring.current();
      reads[0]!.resolve(keys);
      await first;
      now = 61_000;
      const frozen = ring.current();
      now += defaultTimeouts.signingKeys + 1;
      const after = isReadAgain ? ring.current() : undefined;
      reads[1]!.reject(new Error("the connection is gone"));
      await frozen;
      reads[2]?.resolve(keys);
      await after;
      expect([reads.length, lines.length]).to.deep.equal(isReadAgain ? [3, 0] : [2, 1]);
    });
  }
});
