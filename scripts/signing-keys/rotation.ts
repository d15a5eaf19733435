import { ConfigurationError, defaultTokens } from "../../service/config.ts";
import { jwksCacheSeconds, type StagedKeyArns, signingKeysNoticeSeconds } from "../../service/contract.ts";

/** After a change every process acts on it by then, or on nothing; another minute is for clocks that differ. */
const propagationSeconds = signingKeysNoticeSeconds + 60;

/** How long a key must be published before it may sign: until no verifier can hold a key set without it. */
export const minPublishedSeconds = jwksCacheSeconds + propagationSeconds;

/** How long a key must stay published after its last signature: until the last token that it signed has expired. */
export const minRetainedSeconds = defaultTokens.accessTokenSeconds + propagationSeconds;

/**
 * Publishes a new key, to sign later.
 * @throws {ConfigurationError} while another rotation is under way
 */
export function publishNext(keys: StagedKeyArns, next: string, now: number): StagedKeyArns {
  assertNotRotating(keys);
  if (next === keys.current) {
    throw new ConfigurationError(
      `The key ${next} signs already. A rotation needs another one, or it would end by disabling the only key. ` +
        "Delete its alias that ends in `-made`, and run `keys rotate` again.",
    );
  }
  return { ...keys, next, changedAt: new Date(now).toISOString() };
}

/** @throws {ConfigurationError} while a key waits for its turn, or for its last tokens to expire */
export function assertNotRotating({ next, previous, retired }: StagedKeyArns): void {
  if (next) {
    throw new ConfigurationError(
      `The key ${next} is published and does not sign yet. A rotation takes one key at a time. ` +
        "Finish the one that is under way: run `keys promote`.",
    );
  }
  if (previous || retired) {
    throw new ConfigurationError(
      `The key ${previous ?? retired} of the last rotation is not retired yet. A rotation takes one key at a time. ` +
        "Finish the one that is under way: run `keys retire`.",
    );
  }
}

/**
 * Lets the next key sign; the one that did stays published.
 * @throws {ConfigurationError} when there is none, or some verifier may not know it yet
 */
export function promoteNext(keys: StagedKeyArns, now: number): StagedKeyArns {
  if (!keys.next) {
    throw new ConfigurationError(
      "There is no next key. A key is published before it signs, so that every verifier knows it. Run `keys rotate` first.",
    );
  }
  assertReady(keys, minPublishedSeconds, now, "Verifiers may hold the key set from before it was published");
  return { current: keys.next, previous: keys.current, changedAt: new Date(now).toISOString() };
}

/**
 * Withdraws the previous key, which is then to be disabled.
 * @throws {ConfigurationError} when there is none, or a token that it signed may still be valid
 */
export function withdrawPrevious(keys: StagedKeyArns, now: number): StagedKeyArns {
  if (!keys.previous) {
    throw new ConfigurationError(
      "There is no previous key. Only a key that no longer signs can be retired. Run `keys list` to see the stages.",
    );
  }
  assertReady(keys, minRetainedSeconds, now, "Tokens that it signed may still be valid");
  if (keys.previous === keys.current) {
    throw new ConfigurationError(
      `The key ${keys.previous} still signs. Disabled, it would end every login. ` +
        "Take it out of `previous` in the parameter by hand, and run `keys rotate` to begin anew.",
    );
  }
  const { previous, ...others } = keys;
  return { ...others, retired: previous, changedAt: new Date(now).toISOString() };
}

/**
 * Lets a new key sign at once, and publishes no other: what the others have signed is refused as soon as processes know.
 * Verifiers that keep the key set refuse what the new one signs until they fetch it anew.
 */
export const replaceAllWith = (made: string, { current }: StagedKeyArns, now: number): StagedKeyArns => ({
  current: made,
  retired: current,
  changedAt: new Date(now).toISOString(),
});

/** @throws {ConfigurationError} while a key that was withdrawn is still to be disabled */
export function assertNotRetiring({ retired }: StagedKeyArns): void {
  if (!retired) return;
  throw new ConfigurationError(
    `The key ${retired} is withdrawn already, and not disabled yet. The stages hold one such key at a time. ` +
      "Run `keys retire`; then `keys revoke`, if the key that signs now is to be withdrawn, too.",
  );
}

/** When the stage that was entered last may be left, in milliseconds since the epoch. */
export function getReadyAtMs({ changedAt, next, previous }: StagedKeyArns): number {
  const seconds = next ? minPublishedSeconds : previous ? minRetainedSeconds : 0;
  return changedAt ? Date.parse(changedAt) + seconds * 1000 : 0;
}

function assertReady(keys: StagedKeyArns, seconds: number, now: number, why: string): void {
  if (now < getReadyAtMs(keys)) {
    throw new ConfigurationError(
      `It is too early: the stages changed at ${keys.changedAt}. ${why} for ${Math.round(seconds / 60)} minutes. ` +
        `Run the command again at ${new Date(getReadyAtMs(keys)).toISOString()} or later.`,
    );
  }
}
