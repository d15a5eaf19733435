import argon2 from "argon2";
import { ConfigurationError, defaultPasswords, type PasswordConfig } from "../../service/config.ts";
import { formatTable } from "../cli/table.ts";
import { median } from "./statistics.ts";

/** What the proposal is for. */
export interface TuningGoal {
  /** Memory of the function, in MB. */
  memoryMb: number;
  /** How long one hash may take there, in milliseconds. */
  targetMs: number;
}

/** Parameters, and how long a hash with them takes in the function. */
export interface Tuning extends Pick<PasswordConfig, "memoryKib" | "passes" | "lanes"> {
  durationMs: number;
}

/** Time of one hash on a whole processor, in milliseconds. */
export type MeasureHash = (memoryKib: number, passes: number) => Promise<number>;

/** A function has one virtual processor at this memory, and its share of one below: "Configure Lambda function memory". */
const memoryPerVcpuMb = 1_769;

/** The hash may have a quarter of the function: Node.js, the drivers and the code need the rest. */
const maxMemoryShare = 1 / 4;

/** The amounts that are tried, in MiB, from the least that is allowed. */
const memorySizesKib = [19, 32, 46, 64, 96, 128, 192, 256, 384, 512].map((mebibytes) => mebibytes * 1_024);

/** At this much memory OWASP's Password Storage Cheat Sheet is content with one pass, and asks for two below. */
const onePassKib = 46 * 1_024;

/**
 * Proposes parameters of Argon2id for a function: as much memory as fits, since that is what an attacker must pay for, and then
 * as many passes as the time allows (RFC 9106, 4).
 *
 * @returns every amount of memory that was tried, with its passes; the last one that is within the target is the proposal
 * @throws {ConfigurationError} when not even the least that is allowed is within the target
 */
export async function tuneParameters(
  goal: TuningGoal,
  measure: MeasureHash,
): Promise<{ tried: Tuning[]; proposal: Tuning }> {
  const slowdown = Math.max(1, memoryPerVcpuMb / goal.memoryMb);
  const mostKib = goal.memoryMb * 1_024 * maxMemoryShare;
  const tried: Tuning[] = [];
  for (const memoryKib of memorySizesKib.filter((candidate) => candidate <= mostKib)) {
    const least = memoryKib < onePassKib ? 2 : 1;
    const onePass = (await measure(memoryKib, 1)) * slowdown;
    const passes = Math.max(least, Math.floor(goal.targetMs / onePass));
    const milliseconds = (await measure(memoryKib, passes)) * slowdown;
    tried.push({ memoryKib, passes, lanes: 1, durationMs: milliseconds });
    if (least * onePass > goal.targetMs) break;
  }
  const proposal = tried.findLast(({ durationMs }) => durationMs <= goal.targetMs);
  if (!proposal) {
    throw new ConfigurationError(
      `With ${goal.memoryMb} MB no hash that is strong enough ends within ${goal.targetMs} ms. A function's ` +
        "processor grows with its memory. Give it more memory, or allow more time.",
    );
  }
  return { tried, proposal };
}

/** The median of five: the machine does other things, too. */
export async function measureHash(memoryKib: number, passes: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const begun = performance.now();
    await argon2.hash("a long passphrase", {
      type: argon2.argon2id,
      memoryCost: memoryKib,
      timeCost: passes,
      parallelism: 1,
    });
    times.push(performance.now() - begun);
  }
  return median(times);
}

/** What was measured on this machine as a table, and what to put where. */
export async function tuneArgon2(goal: TuningGoal): Promise<string> {
  const { tried, proposal } = await tuneParameters(goal, measureHash);
  const rows = tried.map((each) => [
    `${each.memoryKib / 1_024} MiB`,
    `${each.passes}`,
    `${each.lanes}`,
    `${Math.round(each.durationMs)} ms`,
    each === proposal ? "<- proposed" : "",
  ]);
  const { memoryKib, passes, lanes } = proposal;
  const { memoryKib: currentKib, passes: currentPasses } = defaultPasswords;
  return [
    `Argon2id in a function of ${goal.memoryMb} MB, measured on this machine and scaled to the function's share of a processor.`,
    "Lambda's processor is another one: check the logins' duration afterwards.",
    "",
    ...formatTable([["memory", "passes", "lanes", "time"], ...rows], [0, 1, 2, 3]).map((line) => `  ${line}`),
    "",
    `In service/config.ts, \`defaultPasswords\`: memoryKib: ${memoryKib}, passes: ${passes}, lanes: ${lanes} ` +
      `(now ${currentKib}, ${currentPasses}, ${defaultPasswords.lanes}).`,
    "Passwords get their new hash at each user's next login.",
  ].join("\n");
}
