import { ConfigurationError } from "../../service/config.ts";
import type { DeployedEnvironment, StagedKeyArns } from "../../service/contract.ts";
import { type Clock, systemClock } from "../../service/platform/clock.ts";
import { environments } from "../../stacks/environments.ts";
import { awsReason } from "../aws/explain-failure.ts";
import { table } from "../cli/table.ts";
import {
  readyAt,
  refuseWhileRetiring,
  refuseWhileRotating,
  withNext,
  withNextAsCurrent,
  withOnly,
  withoutPrevious,
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
  await explained(`\`keys ${command}\` did not end. Run it again; it does what is left.`, () =>
    steps[command](keys, now, log),
  );
  await explained("The stages could not be shown; what came before is done.", () => list(keys, now, log));
}

/** @throws {ConfigurationError} what AWS refused, after what it means here */
async function explained(meaning: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw new ConfigurationError(`${meaning} ${awsReason("AWS", error)}`, { cause: error });
  }
}

const steps: Record<KeysCommand, (keys: EnvironmentKeys, now: Clock, log: Log) => Promise<void>> = {
  async list() {},

  async rotate(keys, now) {
    const read = await keys.read();
    refuseWhileRotating(read.keys);
    const next = await keys.makeLike(read.keys.current);
    // The service would leave out a key whose public half cannot be read, until it is to sign: then every login would fail.
    await keys.kidOf(next);
    await keys.write(withNext(read.keys, next, now()), read);
    await keys.forgetMade();
  },

  async promote(keys, now) {
    const read = await keys.read();
    await keys.write(withNextAsCurrent(read.keys, now()), read);
    // Should `rotate` have been interrupted at its very end.
    await keys.forgetMade();
  },

  async retire(keys, now, log) {
    let read = await keys.read();
    // A command that was interrupted after the first step goes on with the second.
    if (!read.keys.retired) read = await keys.write(withoutPrevious(read.keys, now()), read);
    const { retired, ...stages } = read.keys;
    await keys.disable(retired!);
    // Not from stages read anew: this may have stood still for as long as somebody else's whole rotation.
    await keys.write(stages, read);
    log(`${retired} is withdrawn and disabled. Delete it, if you like, once nobody misses it.`);
  },

  async revoke(keys, now, log) {
    const read = await keys.read();
    refuseWhileRetiring(read.keys);
    const made = await keys.makeLike(read.keys.current);
    await keys.kidOf(made);
    // Before the stages are written, so that a command that was interrupted does it when it is run again.
    for (const arn of [read.keys.next, read.keys.previous]) if (arn && arn !== made) await keys.disable(arn);
    await keys.write(withOnly(made, read.keys, now()), read);
    await keys.forgetMade();
    log(
      `${read.keys.current} is withdrawn. Processes refuse its tokens within a minute; until then some still sign with it. ` +
        "Run `keys retire` after that minute, to disable it.",
    );
  },
};

async function list(environmentKeys: EnvironmentKeys, now: Clock, log: Log): Promise<void> {
  const { keys } = await environmentKeys.read();
  const rows: string[][] = [];
  try {
    for (const stage of ["next", "current", "previous"] as const) {
      const arn = keys[stage];
      if (arn) rows.push([stage, arn, `kid ${await environmentKeys.kidOf(arn)}`]);
    }
    for (const arn of await environmentKeys.unused(keys))
      rows.push(["none", arn, "enabled, and at no stage"]);
  } finally {
    // Also when a later key cannot be read.
    for (const line of table(rows)) log(line);
  }
  log(whatIsDue(keys, now()));
}

function whatIsDue(keys: StagedKeyArns, now: number): string {
  const command = keys.next ? "promote" : keys.previous || keys.retired ? "retire" : undefined;
  if (!command) return "No rotation is under way.";
  const ready = readyAt(keys);
  return `\`keys ${command}\` is due ${ready <= now ? "now" : `at ${new Date(ready).toISOString()}`}.`;
}
