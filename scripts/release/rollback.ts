import type { DeployedEnvironment } from "../../service/contract.ts";
import { getEnvironment } from "../../stacks/environments/index.ts";
import { confirm } from "../cli/prompt.ts";
import { tryReadFiringAlarms } from "./alarms.ts";
import type { CommandOutput } from "./deploy-context.ts";
import { Deployments } from "./deployments.ts";
import {
  type FunctionStates,
  isAliasUpdated,
  type LiveAlias,
  ReleaseFunctions,
  releasedFunctions,
} from "./functions.ts";
import { addTargetVersions, findInProgressDeployments, stopDeployments } from "./in-progress-deployments.ts";
import { type ReleaseEvent, ReleaseLog, type TrafficShift } from "./release-log.ts";
import { findPreviousRelease, findRelease, findReleases, formatChoices, type Release } from "./releases.ts";

/** Options of `npm run ops -- rollback`. */
export interface RollbackOptions {
  readonly environment: DeployedEnvironment;
  /** Version of `api`; `auth` gets the one with the same archive. @default the previous release */
  readonly to?: number;
  /** Skips the confirmation. */
  readonly yes?: boolean;
  /** Prints the shifts, and shifts no traffic. */
  readonly dryRun?: boolean;
}

/** Events to read from the release log: those of a year. */
const historyLength = 100;

/** Attempts to update an alias: a deployment updates it twice, and the one that rolls it back once. */
const maxAttempts = 5;

/** What a rollback does with one function. */
export interface RollbackShift extends TrafficShift {
  readonly outcome: "shifted" | "would shift" | "unchanged";
}

/** The result of a rollback, as in its JSON output. */
export interface RollbackResult {
  readonly environment: DeployedEnvironment;
  /** @default the current release is the result of a rollback */
  readonly release: Release | null;
  readonly functions: readonly RollbackShift[];
}

/**
 * Rolls both functions back: all traffic goes to the versions of one release. It skips a function that runs its version already, so
 * that a second run completes an interrupted rollback. It first stops a deployment that is in progress, if CodeDeploy responds.
 *
 * @throws {OperatorError} if there is no previous release, the operator does not confirm, another user has updated an alias meanwhile,
 * or AWS refuses
 */
export async function rollback(options: RollbackOptions, output: CommandOutput): Promise<RollbackResult> {
  const { environment, to, yes, dryRun } = options;
  const functions = new ReleaseFunctions(environment);
  const deployments = new Deployments(environment);
  const log = new ReleaseLog(environment);
  const [running, inProgress, firing, history] = await Promise.all([
    functions.read("No traffic was shifted"),
    findInProgressDeployments(deployments, output.warn),
    tryReadFiringAlarms(environment, deployments, output.warn),
    log.tryRead(historyLength, output.warn, "The rollback chooses a release by the version numbers."),
  ]);
  // A rollback updates the aliases in Lambda: no alarm stops it.
  if (firing) output.log(`alarms in ALARM: ${firing.join(", ") || "none"}`);
  const states = addTargetVersions(running, inProgress);
  const release = to === undefined ? findPreviousRelease(states, history) : findRelease(states, to);
  const shifts = release ? planShifts(release, states) : [];
  const due = shifts.filter(({ outcome }) => outcome === "would shift");
  const isChange = due.length > 0 && !dryRun;
  if (isChange) {
    const consequence = `${shifts.map(formatShift).join("\n")}\nThis shifts all traffic of ${environment}.`;
    await confirm({ consequence, name: environment, yes });
  }
  const record = async (event: ReleaseEvent["event"]) => {
    if (!release || !isChange) return;
    const logged = due.map(({ outcome: _, ...shift }) => shift);
    await log.tryAppend({ event, shifts: logged, sha256: release.sha256 }, output.warn);
  };
  await record("rollback started");
  const stops = isChange && (inProgress.api ?? inProgress.auth) !== undefined;
  const done: RollbackShift[] = [];
  try {
    if (stops) await stopDeployments(deployments, inProgress, output.warn);
    for (const shift of shifts) {
      done.push(dryRun ? shift : await applyShift(functions, shift, states[shift.function].live));
      output.log(formatShift(done.at(-1)!));
    }
  } catch (error) {
    await record("rollback failed");
    throw error;
  }
  await record("rollback succeeded");
  output.log(formatSummary(environment, states, release, done));
  return { environment, release: release ?? null, functions: done };
}

/**
 * Shifts the traffic of a function. A deployment may update the alias at any time, also when it is stopped and CodeDeploy rolls it
 * back: while the alias has only versions from which this shifts the traffic, the next attempt starts from the update.
 */
async function applyShift(functions: ReleaseFunctions, shift: RollbackShift, live: LiveAlias): Promise<RollbackShift> {
  if (shift.outcome === "unchanged") return shift;
  let { revisionId } = live;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await functions.rollBack(shift.function, { ...live, revisionId }, shift.to);
      return { ...shift, outcome: "shifted" };
    } catch (error) {
      if (attempt === maxAttempts || !isAliasUpdated(error)) throw error;
      const current = await functions.getLiveAlias(shift.function);
      if ([current.version, ...current.additionalVersions].some((each) => !shift.from.includes(each))) throw error;
      revisionId = current.revisionId;
    }
  }
}

function planShifts(release: Release, states: FunctionStates): RollbackShift[] {
  return releasedFunctions.map((id) => {
    const { version, additionalVersions } = states[id].live;
    const from = [version, ...additionalVersions];
    const to = release[id];
    const isDone = from.every((each) => each === to);
    return { function: id, from, to, outcome: isDone ? "unchanged" : "would shift" };
  });
}

const formatShift = ({ function: id, from, to, outcome }: RollbackShift): string =>
  outcome === "unchanged" ? `${id}: runs ${to} already` : `${id}: ${outcome} from ${from.join(" and ")} to ${to}`;

function formatSummary(
  environment: DeployedEnvironment,
  states: FunctionStates,
  release: Release | undefined,
  shifts: readonly RollbackShift[],
): string {
  if (!release) {
    const { version } = states.api.live;
    const others = findReleases(states).filter(({ api }) => api !== version);
    return (
      `Nothing to do: version ${version} of api is the result of a rollback already. To go further back, or forward again, name a ` +
      `version with --to: ${formatChoices(others)}.`
    );
  }
  const lines = [`archive: ${release.sha256}`];
  const shifted = shifts.filter(({ outcome }) => outcome === "shifted").map(({ function: id }) => id);
  if (shifted.length > 0) lines.push("Requests in progress finish on the version that they started on.");
  if (shifted.includes("auth") && getEnvironment(environment).functions.provisionedConcurrency) {
    lines.push(
      "auth uses provisioned concurrency: for one or two minutes, Lambda routes to the bad version, until the other version's " +
        "environments are initialised. runbooks/roll-back-release.md says how to check, and how to skip the wait.",
    );
  }
  return lines.join("\n");
}
