import type { PepperParameter } from "../../service/auth/peppers.ts";
import { defaultTokens } from "../../service/config.ts";
import { signingKeysNoticeSeconds } from "../../service/contract.ts";
import { OperatorError } from "../cli/errors.ts";

/**
 * How long a pepper must be distributed before tokens are under it: after this time every process reads it, or answers 503 to tokens that
 * it does not know. One minute is for clocks that differ.
 */
export const minDistributedSeconds = signingKeysNoticeSeconds + 60;

/**
 * How long the previous pepper must stay readable: a token under it can be used for the idle lifetime of its session. If that response is
 * lost, the session lives as long again, and its app still has the old token.
 */
export const minRetainedSeconds = 2 * defaultTokens.sessionIdleSeconds + minDistributedSeconds;

/**
 * Distributes a new pepper, to be used later.
 * @throws {OperatorError} while another rotation is in progress
 */
export function distributeNext(peppers: PepperParameter, next: string, now: number): PepperParameter {
  if (peppers.next) {
    throw new OperatorError("pepper-awaits-promotion", {
      what: "No rotation was started.",
      why: "The next pepper is distributed and not in use yet. A rotation handles one pepper at a time.",
      action: "Complete the rotation that is in progress: run `pepper promote`.",
    });
  }
  if (peppers.previous) {
    throw new OperatorError("pepper-awaits-retirement", {
      what: "No rotation was started.",
      why: "Sessions may still be under the previous pepper. A rotation handles one pepper at a time.",
      action: "Complete the rotation that is in progress: run `pepper retire`. In an emergency, run `pepper revoke`.",
    });
  }
  return { ...peppers, next, changedAt: toTimestamp(now) };
}

/**
 * Puts new tokens under the next pepper, and keeps the current one readable.
 * @throws {OperatorError} if there is no next pepper, or a process may not have it yet
 */
export function promoteNext(peppers: PepperParameter, now: number): PepperParameter {
  if (!peppers.next) {
    throw new OperatorError("next-pepper-missing", {
      what: "No pepper was promoted.",
      why: "There is no next pepper. A pepper is distributed before it is used, so that every process can read its tokens.",
      action: "Run `pepper rotate` first.",
    });
  }
  assertReady(peppers, now, "A process may not have the next pepper yet, and would reject its tokens");
  return { current: peppers.next, previous: peppers.current, changedAt: toTimestamp(now) };
}

/**
 * Deletes the previous pepper.
 * @throws {OperatorError} if there is none, or a session may still be under it
 */
export function dropPrevious(peppers: PepperParameter, now: number): PepperParameter {
  const { previous, ...others } = peppers;
  if (!previous) {
    throw new OperatorError("previous-pepper-missing", {
      what: "No pepper was retired.",
      why: "There is no previous pepper, and only a pepper that is no longer used can be retired.",
      action: "Run `pepper list` to see the stages.",
    });
  }
  assertReady(
    peppers,
    now,
    "The app of a session may still have a token under the previous pepper, and its user would be logged out",
  );
  return { ...others, changedAt: toTimestamp(now) };
}

/** Replaces all peppers: every session ends. */
export const replaceAllWith = (current: string, now: number): PepperParameter => ({
  current,
  changedAt: toTimestamp(now),
});

/** The step that is due, and when; undefined if no rotation is in progress. */
export function findNextStep(peppers: PepperParameter): { command: "promote" | "retire"; dueAtMs: number } | undefined {
  const command = peppers.next ? "promote" : peppers.previous ? "retire" : undefined;
  if (!command) return undefined;
  const seconds = command === "promote" ? minDistributedSeconds : minRetainedSeconds;
  // A stage without its time was edited: how long ago is unknown.
  return { command, dueAtMs: peppers.changedAt ? Date.parse(peppers.changedAt) + seconds * 1000 : Number.NaN };
}

function assertReady(peppers: PepperParameter, now: number, risk: string): void {
  const { dueAtMs } = findNextStep(peppers)!;
  if (now >= dueAtMs) return;
  const isKnown = !Number.isNaN(dueAtMs);
  throw new OperatorError("pepper-step-too-early", {
    what: isKnown
      ? `It is too early: the stages changed at ${peppers.changedAt}.`
      : "The stages do not say when they changed.",
    why: `${risk}.`,
    action: isKnown
      ? `Run the command again at ${toTimestamp(dueAtMs)} or later.`
      : "Restore an earlier version of the parameter: docs/pepper.md.",
  });
}

export const toTimestamp = (ms: number): string => new Date(ms).toISOString();
