import { defaultTokens } from "../../service/config.ts";
import { jwksCacheSeconds, type StagedKeyArns, signingKeysNoticeSeconds } from "../../service/contract.ts";
import { OperatorError } from "../cli/errors.ts";

/** After this time every process uses a changed stage, or stops signing. One minute is for clocks that differ. */
const propagationSeconds = signingKeysNoticeSeconds + 60;

/** How long a key must be published before it may sign: until no verifier can hold a key set without it. */
export const minPublishedSeconds = jwksCacheSeconds + propagationSeconds;

/** How long a key must stay published after its last signature: until the last token that it signed has expired. */
export const minRetainedSeconds = defaultTokens.accessTokenSeconds + propagationSeconds;

/**
 * Publishes a new key, to sign later.
 * @throws {OperatorError} while another rotation is in progress
 */
export function publishNext(keys: StagedKeyArns, next: string, now: number): StagedKeyArns {
  assertNotRotating(keys);
  if (next === keys.current) {
    throw new OperatorError("next-key-signs-already", {
      what: `The key ${next} was not published.`,
      why: "It signs already, and the rotation would end by disabling the only key.",
      action: "Delete its alias that ends in `-jwt-replacement`, and run `keys rotate` again.",
    });
  }
  return { ...keys, next, changedAt: toTimestamp(now) };
}

/** @throws {OperatorError} while a key waits to sign, or for its last tokens to expire */
export function assertNotRotating({ next, previous, retired }: StagedKeyArns): void {
  if (next) {
    throw new OperatorError("key-awaits-promotion", {
      what: "No rotation was started.",
      why: `The key ${next} is published and does not sign yet. A rotation handles one key at a time.`,
      action: "Complete the rotation that is in progress: run `keys promote`.",
    });
  }
  if (previous || retired) {
    throw new OperatorError("key-awaits-retirement", {
      what: "No rotation was started.",
      why: `The key ${previous ?? retired} of the last rotation is not retired yet. A rotation handles one key at a time.`,
      action: "Complete the rotation that is in progress: run `keys retire`.",
    });
  }
}

/**
 * Lets the next key sign, and keeps the current one published.
 * @throws {OperatorError} if there is no next key, or a verifier may not have it yet
 */
export function promoteNext(keys: StagedKeyArns, now: number): StagedKeyArns {
  if (!keys.next) {
    throw new OperatorError("next-key-missing", {
      what: "No key was promoted.",
      why: "There is no next key. A key is published before it signs, so that every verifier has it.",
      action: "Run `keys rotate` first.",
    });
  }
  assertReady(keys, minPublishedSeconds, now, "Verifiers may cache the earlier key set");
  return { current: keys.next, previous: keys.current, changedAt: toTimestamp(now) };
}

/**
 * Withdraws the previous key, which the caller then disables.
 * @throws {OperatorError} if there is no previous key, or a token that it signed may still be valid
 */
export function withdrawPrevious(keys: StagedKeyArns, now: number): StagedKeyArns {
  if (!keys.previous) {
    throw new OperatorError("previous-key-missing", {
      what: "No key was retired.",
      why: "There is no previous key, and only a key that no longer signs can be retired.",
      action: "Run `keys list` to see the stages.",
    });
  }
  assertReady(keys, minRetainedSeconds, now, "Tokens that the previous key signed may be valid");
  if (keys.previous === keys.current) {
    throw new OperatorError("previous-key-still-signs", {
      what: `The key ${keys.previous} was not retired.`,
      why: "It still signs. Without it, every login would fail.",
      action: "Remove it from `previous` in the parameter, and run `keys rotate` to start again.",
    });
  }
  const { previous, ...others } = keys;
  return { ...others, retired: previous, changedAt: toTimestamp(now) };
}

/**
 * Lets a replacement key sign immediately, and publishes no other key: processes reject earlier tokens as soon as they read the new
 * stages. Verifiers that cache the key set reject tokens of the replacement until they fetch it again.
 */
export const replaceAllWith = (replacement: string, { current }: StagedKeyArns, now: number): StagedKeyArns => ({
  current: replacement,
  retired: current,
  changedAt: toTimestamp(now),
});

/** @throws {OperatorError} while a withdrawn key is not disabled yet */
export function assertNotRetiring({ retired }: StagedKeyArns): void {
  if (!retired) return;
  throw new OperatorError("withdrawn-key-not-disabled", {
    what: "No key was revoked.",
    why: `The key ${retired} is withdrawn and not disabled yet. The stages hold one such key at a time.`,
    action: "Run `keys retire`. Then run `keys revoke`, if the current key must also be replaced.",
  });
}

/** When the next step is allowed, in milliseconds since the epoch. */
export function getReadyAtMs({ changedAt, next, previous }: StagedKeyArns): number {
  const seconds = next ? minPublishedSeconds : previous ? minRetainedSeconds : 0;
  return changedAt ? Date.parse(changedAt) + seconds * 1000 : 0;
}

function assertReady(keys: StagedKeyArns, seconds: number, now: number, risk: string): void {
  const readyAt = getReadyAtMs(keys);
  if (now >= readyAt) return;
  throw new OperatorError("key-step-too-early", {
    what: `It is too early: the stages changed at ${keys.changedAt}.`,
    why: `${risk} for ${Math.round(seconds / 60)} minutes.`,
    action: `Run the command again at ${toTimestamp(readyAt)} or later.`,
  });
}

const toTimestamp = (ms: number): string => new Date(ms).toISOString();
