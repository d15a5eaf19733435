import argon2 from "argon2";
import { defaultPasswords, type PasswordConfig } from "../../service/config.ts";
import { OperatorError } from "../cli/errors.ts";
import { formatTable } from "../cli/table.ts";
import { median } from "./statistics.ts";

/** The function for which parameters are proposed. */
export interface TuningGoal {
  memoryMb: number;
  /** Maximum duration of one hash in the function. */
  targetMs: number;
}

/** Parameters of Argon2id, and how long a hash with them takes in the function. */
export interface TriedParameters extends Pick<PasswordConfig, "memoryKib" | "passes" | "lanes"> {
  readonly durationMs: number;
}

/** The result of `tune-argon2`, as in its JSON output. */
export interface Tuning {
  /** Every size that was tried, with its passes. */
  readonly tried: readonly TriedParameters[];
  /** The last one within the target. */
  readonly proposal: TriedParameters;
}

/** A function with this memory has one vCPU, below a share of one: "Configure Lambda function memory". */
const memoryPerVcpuMb = 1_769;

/** A hash may use a quarter of the memory: Node.js, the drivers and the code need the rest. */
const maxMemoryShare = 1 / 4;

/** The sizes to try, from the smallest allowed one. */
const memorySizesKib = [19, 32, 46, 64, 96, 128, 192, 256, 384, 512].map((mebibytes) => mebibytes * 1_024);

/** OWASP's Password Storage Cheat Sheet requires two passes below this memory, and one from there. */
const onePassKib = 46 * 1_024;

/**
 * Proposes parameters of Argon2id for a function: as much memory as fits, since memory is an attacker's main cost, and then as
 * many passes as the target allows (RFC 9106, 4).
 *
 * @param measure returns the duration of one hash on a whole CPU, in milliseconds
 * @throws {OperatorError} if not even the smallest allowed parameters are within the target
 */
export async function tuneParameters(goal: TuningGoal, measure: typeof measureHash): Promise<Tuning> {
  const slowdown = Math.max(1, memoryPerVcpuMb / goal.memoryMb);
  const mostKib = goal.memoryMb * 1_024 * maxMemoryShare;
  const tried: TriedParameters[] = [];
  for (const memoryKib of memorySizesKib.filter((candidate) => candidate <= mostKib)) {
    const least = memoryKib < onePassKib ? 2 : 1;
    const onePass = (await measure(memoryKib, 1)) * slowdown;
    const passes = Math.max(least, Math.floor(goal.targetMs / onePass));
    const durationMs = (await measure(memoryKib, passes)) * slowdown;
    tried.push({ memoryKib, passes, lanes: 1, durationMs });
    if (least * onePass > goal.targetMs) break;
  }
  const proposal = tried.findLast(({ durationMs }) => durationMs <= goal.targetMs);
  if (!proposal) {
    throw new OperatorError("argon2-target-too-short", {
      what: `With ${goal.memoryMb} MB, no hash that is strong enough takes at most ${goal.targetMs} ms.`,
      why: "A function's share of CPU is proportional to its memory.",
      action: "Increase --memory or --target.",
    });
  }
  return { tried, proposal };
}

/** The median of five hashes, as other processes disturb single ones. */
export async function measureHash(memoryKib: number, passes: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const startedAt = performance.now();
    await argon2.hash("a long passphrase", {
      type: argon2.argon2id,
      memoryCost: memoryKib,
      timeCost: passes,
      parallelism: 1,
    });
    times.push(performance.now() - startedAt);
  }
  return median(times);
}

/** Formats the measurements on this machine as a table, and the proposal. */
export function formatTuning(goal: TuningGoal, { tried, proposal }: Tuning): string {
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
    `Argon2id in a function of ${goal.memoryMb} MB, measured on this machine and scaled to the function's share of a vCPU.`,
    "Lambda's CPU differs: check the duration of logins afterwards.",
    "",
    ...formatTable([["memory", "passes", "lanes", "time"], ...rows], [0, 1, 2, 3]).map((line) => `  ${line}`),
    "",
    `In service/config.ts, \`defaultPasswords\`: memoryKib: ${memoryKib}, passes: ${passes}, lanes: ${lanes} ` +
      `(now ${currentKib}, ${currentPasses}, ${defaultPasswords.lanes}).`,
    "Each user's password is rehashed at the next login.",
  ].join("\n");
}
