import type { DeployedEnvironment, StagedKeyArns } from "../../service/contract.ts";
import { type Clock, systemClock } from "../../service/platform/clock.ts";
import { getEnvironment } from "../../stacks/environments/index.ts";
import { explainAwsFailure } from "../aws/explain-failure.ts";
import { OperatorError } from "../cli/errors.ts";
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

/** The subcommands of `npm run ops -- keys`, in the order of a rotation, then the emergency one. */
export type KeysCommand = "list" | "rotate" | "promote" | "retire" | "revoke";

type Log = (line: string) => void;

/**
 * Runs one step of a rotation, and lists the signing keys of an environment.
 *
 * @throws {OperatorError} if the step would break tokens or verifiers, or AWS refuses
 */
export async function runKeys(
  command: KeysCommand,
  environment: DeployedEnvironment,
  log: Log,
  now: Clock = systemClock,
): Promise<void> {
  const keys = new EnvironmentKeys(environment, getEnvironment(environment).region);
  await explainFailure(`\`keys ${command}\` did not complete. Run it again: it resumes.`, () =>
    steps[command](keys, now, log),
  );
  await explainFailure("The step is complete, and the stages cannot be shown.", () => listKeys(keys, now, log));
}

async function explainFailure(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    const { why, action } = explainAwsFailure("AWS", error);
    throw new OperatorError("keys-command-incomplete", { what, why, action, cause: error });
  }
}

const steps: Record<KeysCommand, (keys: EnvironmentKeys, now: Clock, log: Log) => Promise<void>> = {
  async list() {},

  async rotate(keys, now) {
    const snapshot = await keys.read();
    assertNotRotating(snapshot.keys);
    const next = await keys.createReplacementKey(snapshot.keys.current);
    // The service ignores a key whose public half it cannot read, until the key must sign: then every login would fail.
    await keys.getKid(next);
    await keys.write(publishNext(snapshot.keys, next, now()), snapshot);
    await keys.deleteReplacementAlias();
  },

  async promote(keys, now) {
    const snapshot = await keys.read();
    await keys.write(promoteNext(snapshot.keys, now()), snapshot);
    // In case `rotate` was interrupted before its last call.
    await keys.deleteReplacementAlias();
  },

  async retire(keys, now, log) {
    let snapshot = await keys.read();
    // After an interruption between the two writes, only the second one is left.
    if (!snapshot.keys.retired) {
      snapshot = await keys.write(withdrawPrevious(snapshot.keys, now()), snapshot);
    }
    const { retired, ...stages } = snapshot.keys;
    await keys.disable(retired!);
    // Not from stages that are read again: this command may have been suspended during another user's whole rotation.
    await keys.write(stages, snapshot);
    log(`${retired} is withdrawn and disabled. You can delete it when it is no longer needed.`);
  },

  async revoke(keys, now, log) {
    const snapshot = await keys.read();
    assertNotRetiring(snapshot.keys);
    const { current, next, previous } = snapshot.keys;
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

async function listKeys(environmentKeys: EnvironmentKeys, now: Clock, log: Log): Promise<void> {
  const { keys } = await environmentKeys.read();
  const rows: string[][] = [];
  try {
    for (const stage of ["next", "current", "previous"] as const) {
      const arn = keys[stage];
      if (arn) rows.push([stage, arn, `kid ${await environmentKeys.getKid(arn)}`]);
    }
    for (const arn of await environmentKeys.findUnassigned(keys)) rows.push(["unassigned", arn, "enabled"]);
  } finally {
    // Also if a later key cannot be read.
    for (const line of formatTable(rows)) log(line);
  }
  log(describeNextStep(keys, now()));
}

function describeNextStep(keys: StagedKeyArns, now: number): string {
  const command = keys.next ? "promote" : keys.previous || keys.retired ? "retire" : undefined;
  if (!command) return "No rotation is in progress.";
  const readyAt = getReadyAtMs(keys);
  return `\`keys ${command}\` is due ${readyAt <= now ? "now" : `at ${new Date(readyAt).toISOString()}`}.`;
}
