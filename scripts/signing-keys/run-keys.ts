import type { DeployedEnvironment, StagedKeyArns } from "../../service/contract.ts";
import { type Clock, systemClock } from "../../service/platform/clock.ts";
import { getEnvironment } from "../../stacks/environments/index.ts";
import { explainAwsFailure } from "../aws/explain-failure.ts";
import { OperatorError } from "../cli/errors.ts";
import type { Log } from "../cli/output.ts";
import { confirm } from "../cli/prompt.ts";
import type { RotationStep } from "../cli/rotation-commands.ts";
import { formatTable } from "../cli/table.ts";
import {
  assertNotRetiring,
  assertNotRotating,
  getReadyAtMs,
  promoteNext,
  publishNext,
  replaceAllWith,
  withdrawPrevious,
} from "./rotation.ts";
import { EnvironmentKeys } from "./staged-keys.ts";

/** Options of every subcommand. */
export interface KeysOptions {
  readonly environment: DeployedEnvironment;
  /** Skips the confirmation of `revoke`. */
  readonly yes?: boolean;
  /** Prints what the step would do, and changes nothing. */
  readonly dryRun?: boolean;
}

/** The keys of an environment after a step, as in the JSON output of every subcommand. */
export interface KeysResult {
  readonly environment: DeployedEnvironment;
  readonly keys: readonly ListedKey[];
  /** The step that is due, and when. @default no rotation is in progress */
  readonly next: { readonly command: "promote" | "retire"; readonly dueAt: string } | null;
}

interface ListedKey {
  readonly stage: "next" | "current" | "previous" | "unassigned";
  readonly arn: string;
  /** The id with which it is published. @default it is unassigned */
  readonly kid?: string;
}

/**
 * Runs one step of a rotation, and lists the signing keys of an environment.
 *
 * Only `revoke` asks: it rejects valid tokens. The others refuse to run before they can do without.
 *
 * @throws {OperatorError} if the step would break tokens or verifiers, the operator does not confirm, or AWS refuses
 */
export async function runKeys(
  command: RotationStep,
  options: KeysOptions,
  log: Log,
  now: Clock = systemClock,
): Promise<KeysResult> {
  const { environment } = options;
  const keys = new EnvironmentKeys(environment, getEnvironment(environment).region);
  await explainFailure(`\`keys ${command}\` did not complete. Run it again: it resumes.`, () =>
    steps[command](keys, options, now, log),
  );
  const done = command === "list" ? "The" : "The step is complete, and the";
  return explainFailure(`${done} stages cannot be shown.`, () => listKeys(environment, keys, now, log));
}

async function explainFailure<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    const { why, action } = explainAwsFailure("AWS", error);
    throw new OperatorError("keys-command-incomplete", { what, why, action, cause: error });
  }
}

type Step = (keys: EnvironmentKeys, options: KeysOptions, now: Clock, log: Log) => Promise<void>;

const steps: Record<RotationStep, Step> = {
  async list() {},

  async rotate(keys, { dryRun }, now, log) {
    const snapshot = await keys.read();
    const { current } = snapshot.keys;
    assertNotRotating(snapshot.keys);
    if (dryRun) return log(`would create a key like ${current}, and publish it`);
    const next = await keys.createReplacementKey(current);
    // The service ignores a key whose public half it cannot read, until the key must sign: then every login would fail.
    await keys.getKid(next);
    await keys.write(publishNext(snapshot.keys, next, now()), snapshot);
    await keys.deleteReplacementAlias();
    log(`created ${next} like ${current}, and published it`);
  },

  async promote(keys, { dryRun }, now, log) {
    const snapshot = await keys.read();
    const promoted = promoteNext(snapshot.keys, now());
    const signs = `${promoted.current} sign in place of ${promoted.previous}`;
    if (dryRun) return log(`would let ${signs}`);
    await keys.write(promoted, snapshot);
    // In case `rotate` was interrupted before its last call.
    await keys.deleteReplacementAlias();
    log(`let ${signs}`);
  },

  async retire(keys, { dryRun }, now, log) {
    let snapshot = await keys.read();
    // After an interruption between the two writes, only the second one is left.
    if (!snapshot.keys.retired) {
      const withdrawn = withdrawPrevious(snapshot.keys, now());
      if (dryRun) return log(`would withdraw and disable ${withdrawn.retired}`);
      snapshot = await keys.write(withdrawn, snapshot);
    }
    const { retired, ...stages } = snapshot.keys;
    if (dryRun) return log(`would disable ${retired}, which is withdrawn`);
    await keys.disable(retired!);
    // Not from stages that are read again: this command may have been suspended during another user's whole rotation.
    await keys.write(stages, snapshot);
    log(`${retired} is withdrawn and disabled. You can delete it when it is no longer needed.`);
  },

  async revoke(keys, { environment, yes, dryRun }, now, log) {
    const snapshot = await keys.read();
    assertNotRetiring(snapshot.keys);
    const { current, next, previous } = snapshot.keys;
    if (dryRun) {
      log(`would create a key like ${current}`);
      for (const arn of [next, previous]) if (arn) log(`would disable ${arn}, unless an interrupted run created it`);
      return log(`would let the new key sign, and withdraw ${current}: processes reject its tokens within a minute`);
    }
    const consequence = `This replaces all signing keys of ${environment}: every access token is rejected, and apps refresh theirs.`;
    await confirm({ consequence, name: environment, yes });
    const replacement = await keys.createReplacementKey(current);
    await keys.getKid(replacement);
    // Before the write, so that a second run after an interruption still disables them.
    for (const arn of [next, previous]) if (arn && arn !== replacement) await keys.disable(arn);
    await keys.write(replaceAllWith(replacement, snapshot.keys, now()), snapshot);
    await keys.deleteReplacementAlias();
    log(
      `${current} is withdrawn. Processes reject its tokens within a minute; until then some still sign with it. After that ` +
        "minute, run `keys retire` to disable it.",
    );
  },
};

async function listKeys(
  environment: DeployedEnvironment,
  environmentKeys: EnvironmentKeys,
  now: Clock,
  log: Log,
): Promise<KeysResult> {
  const { keys } = await environmentKeys.read();
  const listed: ListedKey[] = [];
  try {
    for (const stage of ["next", "current", "previous"] as const) {
      const arn = keys[stage];
      if (arn) listed.push({ stage, arn, kid: await environmentKeys.getKid(arn) });
    }
    for (const arn of await environmentKeys.findUnassigned(keys)) listed.push({ stage: "unassigned", arn });
  } finally {
    // Also if a later key cannot be read.
    const rows = listed.map(({ stage, arn, kid }) => [stage, arn, kid ? `kid ${kid}` : "enabled"]);
    for (const line of formatTable(rows)) log(line);
  }
  const next = findNextStep(keys);
  const dueAt = next && Date.parse(next.dueAt) <= now() ? "now" : `at ${next?.dueAt}`;
  log(next ? `\`keys ${next.command}\` is due ${dueAt}.` : "No rotation is in progress.");
  return { environment, keys: listed, next };
}

function findNextStep(keys: StagedKeyArns): KeysResult["next"] {
  const command = keys.next ? "promote" : keys.previous || keys.retired ? "retire" : undefined;
  return command ? { command, dueAt: new Date(getReadyAtMs(keys)).toISOString() } : null;
}
