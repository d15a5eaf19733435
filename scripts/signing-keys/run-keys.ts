import { ConfigurationError } from "../../service/config.ts";
import type { DeployedEnvironment, StagedKeyArns } from "../../service/contract.ts";
import { type Clock, systemClock } from "../../service/platform/clock.ts";
import { environments } from "../../stacks/environments/index.ts";
import { describeAwsFailure } from "../aws/explain-failure.ts";
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

/** What `npm run ops -- keys` can do, in the order in which a rotation does it; and what is done when it cannot wait. */
export type KeysCommand = "list" | "rotate" | "promote" | "retire" | "revoke";

type Log = (line: string) => void;

/**
 * Moves the signing keys of an environment from stage to stage.
 *
 * @param log receives lines for the operator
 * @param now @default the system's clock
 * @throws {ConfigurationError} if a step would make tokens or verifiers fail, or AWS refuses
 */
export async function runKeys(
  command: KeysCommand,
  environment: DeployedEnvironment,
  log: Log,
  now: Clock = systemClock,
): Promise<void> {
  const keys = new EnvironmentKeys(environment, environments[environment].region);
  await explainFailure(`\`keys ${command}\` did not end. Run it again; it does what is left.`, () =>
    steps[command](keys, now, log),
  );
  await explainFailure("The stages could not be shown; what came before is done.", () =>
    listKeys(keys, now, log),
  );
}

/** @throws {ConfigurationError} what AWS refused, after what it means here */
async function explainFailure(meaning: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw new ConfigurationError(`${meaning} ${describeAwsFailure("AWS", error)}`, { cause: error });
  }
}

const steps: Record<KeysCommand, (keys: EnvironmentKeys, now: Clock, log: Log) => Promise<void>> = {
  async list() {},

  async rotate(keys, now) {
    const read = await keys.read();
    assertNotRotating(read.keys);
    const next = await keys.createReplacementKey(read.keys.current);
    // The service would leave out a key whose public half cannot be read, until it is to sign: then every login would fail.
    await keys.getKid(next);
    await keys.write(publishNext(read.keys, next, now()), read);
    await keys.deleteReplacementAlias();
  },

  async promote(keys, now) {
    const read = await keys.read();
    await keys.write(promoteNext(read.keys, now()), read);
    // Should `rotate` have been interrupted at its very end.
    await keys.deleteReplacementAlias();
  },

  async retire(keys, now, log) {
    let read = await keys.read();
    // A command that was interrupted after the first step goes on with the second.
    if (!read.keys.retired) read = await keys.write(withdrawPrevious(read.keys, now()), read);
    const { retired, ...stages } = read.keys;
    await keys.disable(retired!);
    // Not from stages read anew: this may have stood still for as long as somebody else's whole rotation.
    await keys.write(stages, read);
    log(`${retired} is withdrawn and disabled. Delete it, if you like, once nobody misses it.`);
  },

  async revoke(keys, now, log) {
    const read = await keys.read();
    assertNotRetiring(read.keys);
    const made = await keys.createReplacementKey(read.keys.current);
    await keys.getKid(made);
    // Before the stages are written, so that a command that was interrupted does it when it is run again.
    for (const arn of [read.keys.next, read.keys.previous]) if (arn && arn !== made) await keys.disable(arn);
    await keys.write(replaceAllWith(made, read.keys, now()), read);
    await keys.deleteReplacementAlias();
    log(
      `${read.keys.current} is withdrawn. Processes refuse its tokens within a minute; until then some still sign with it. ` +
        "Run `keys retire` after that minute, to disable it.",
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
    for (const arn of await environmentKeys.findUnassigned(keys))
      rows.push(["none", arn, "enabled, and at no stage"]);
  } finally {
    // Also when a later key cannot be read.
    for (const line of formatTable(rows)) log(line);
  }
  log(describeNextStep(keys, now()));
}

function describeNextStep(keys: StagedKeyArns, now: number): string {
  const command = keys.next ? "promote" : keys.previous || keys.retired ? "retire" : undefined;
  if (!command) return "No rotation is under way.";
  const ready = getReadyAtMs(keys);
  return `\`keys ${command}\` is due ${ready <= now ? "now" : `at ${new Date(ready).toISOString()}`}.`;
}
