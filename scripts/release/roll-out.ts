import type { DeployedEnvironment } from "../../service/contract.ts";
import { migrationFunction } from "../../stacks/names.ts";
import { explainAwsFailure } from "../aws/explain-failure.ts";
import { hasCode, OperatorError } from "../cli/errors.ts";
import { poll } from "../cli/polling.ts";
import { confirm } from "../cli/prompt.ts";
import { assertNoFiringAlarms, formatAlarms, readGroupAlarms, toAlarmOverride } from "./alarms.ts";
import type { ReleaseArchives } from "./archive.ts";
import { deploy } from "./deploy.ts";
import type { CommandOutput, DeployContext, FunctionRelease } from "./deploy-context.ts";
import { Deployments } from "./deployments.ts";
import { failRelease } from "./failed-release.ts";
import { ReleaseFunctions, releasedFunctions } from "./functions.ts";
import { assertNoOtherRelease } from "./in-progress-deployments.ts";
import { preTrafficFunctionId } from "./pre-traffic/contract.ts";
import { prepareRelease } from "./prepare-release.ts";
import { type ReleaseEvent, ReleaseLog } from "./release-log.ts";
import { findFunctionsToShift, formatPlan, type ReleasedState, toFunctionRelease } from "./release-plan.ts";
import { describeFailures } from "./smoke-test/run-checks.ts";
import { formatSmokeTests, runSmokeTests } from "./smoke-tests.ts";

/** Options of every command that releases an archive. */
export interface RollOutOptions {
  readonly environment: DeployedEnvironment;
  /** Skips the confirmation. */
  readonly yes?: boolean;
  /** Prints the plan, and changes nothing. */
  readonly dryRun?: boolean;
  /** Address for the smoke tests. @default the environment's domain name */
  readonly api?: URL;
  /** Whether to start deployments although alarms of their groups are in ALARM. @default false */
  readonly overrideAlarms?: boolean;
}

/** Receives the progress and the result of a release. */
export interface RollOutOutput extends CommandOutput {
  /** Receives the result for JSON output, also of a release that is then rolled back. */
  readonly result: (result: object) => void;
}

/** A single failure may come from the operator's network. */
const smokeTestRetry = { attempts: 3, delayMs: 2_000 };

/** Events of the release log that may come from an interrupted run. */
const recentEvents = 20;

/**
 * Publishes the archives of a release, creates the missing indexes, shifts the traffic of both functions, and runs the smoke tests. It
 * rolls back what fails. After an interruption, the next run resumes.
 *
 * @throws {OperatorError} if another release is in progress, an alarm is firing, the operator does not confirm, the indexes cannot be
 * created, or the release was rolled back
 */
export async function rollOut(
  options: RollOutOptions,
  archives: ReleaseArchives,
  output: RollOutOutput,
): Promise<void> {
  const { environment, yes, dryRun, api, overrideAlarms = false } = options;
  const { bytes: _, statement: _statement, ...source } = archives.service;
  const printResult = (more: object) => output.result({ environment, ...source, ...more });
  const functions = new ReleaseFunctions(environment);
  const deployments = new Deployments(environment);
  const log = new ReleaseLog(environment);
  const [current, alarms, history] = await Promise.all([
    readState(functions, deployments),
    readGroupAlarms(environment, deployments),
    requireReleaseLog(log.read(recentEvents)),
  ]);
  assertNoOtherRelease(environment, current.states, current.inProgress, source.sha256, history[0]);
  const plan = [...formatPlan(current, archives), formatAlarms(alarms, overrideAlarms)];
  if (dryRun) {
    for (const line of plan) output.log(line);
    return printResult({ plan });
  }
  if (!overrideAlarms) assertNoFiringAlarms(alarms, findFunctionsToShift(current, source.sha256));
  if (yes) output.log(plan.at(-1)!);
  const consequence = `${plan.join("\n")}\nThis shifts all traffic of ${environment}.`;
  await confirm({ consequence, name: environment, yes });

  // Also for an archive that runs already: a release again adds what an earlier one did not state.
  const statements = [archives.service, archives.preTraffic].flatMap((archive) => archive?.statement ?? []);
  await requireReleaseLog(log.appendStatements(statements));

  const interrupted = history.find(({ sha256 }) => sha256 === source.sha256);
  const releases: FunctionRelease[] = [];
  for (const id of releasedFunctions) {
    const to = current.inProgress[id]?.versions?.to ?? (await functions.publish(id, archives.service));
    releases.push(toFunctionRelease(to, id, current, interrupted));
  }
  const due = releases.filter(({ from, to }) => from !== to);
  if (due.length === 0) {
    output.log(`Nothing to do: ${environment} runs ${source.sha256} already.`);
    return printResult({ functions: releases });
  }
  const toStart = due.filter(({ isDone, deploymentId }) => !isDone && deploymentId === undefined);
  if (!overrideAlarms)
    assertNoFiringAlarms(
      alarms,
      toStart.map(({ function: id }) => id),
    );
  // A deployment in progress was created after the indexes.
  const createdIndexes =
    toStart.length > 0 ? await prepareRelease({ environment, functions, output }, archives) : undefined;

  const shifts = due.map(({ function: id, from, to }) => ({ function: id, from: [from], to }));
  const started = { event: "release started", shifts, ...source, ...(createdIndexes && { createdIndexes }) } as const;
  await requireReleaseLog(log.append(started));
  const record = (event: ReleaseEvent["event"]) => log.tryAppend({ event, shifts, ...source }, output.warn);
  const alarmOverrides = overrideAlarms ? { api: toAlarmOverride(alarms.api), auth: toAlarmOverride(alarms.auth) } : {};
  const context: DeployContext = { environment, functions, deployments, alarmOverrides, output };
  try {
    await deploy(context, due);
    const checks = await poll(
      async (attempt) => {
        const results = await runSmokeTests(environment, api);
        const isLast = attempt === smokeTestRetry.attempts;
        return isLast || !describeFailures(results) ? results : undefined;
      },
      { delayMs: smokeTestRetry.delayMs },
    );
    for (const line of formatSmokeTests(checks)) output.log(line);
    printResult({ functions: due, ...(createdIndexes && { createdIndexes }), checks });
    const failures = describeFailures(checks);
    if (failures) {
      const error = new OperatorError("smoke-tests-failed", {
        what: `The smoke tests of ${environment} failed.`,
        why: failures,
        action: "See runbooks/release.md.",
      });
      await failRelease(context, due, error);
    }
  } catch (error) {
    await record(hasCode(error, "release-rolled-back") ? "release rolled back" : "release failed");
    throw error;
  }
  await record("release succeeded");
  output.log(`${environment} runs ${source.sha256}.`);
}

async function readState(functions: ReleaseFunctions, deployments: Deployments): Promise<ReleasedState> {
  const [states, api, auth, migrate, preTraffic] = await Promise.all([
    functions.read("No traffic was shifted"),
    deployments.findInProgress("api"),
    deployments.findInProgress("auth"),
    functions.getArchiveHash(migrationFunction),
    functions.getArchiveHash(preTrafficFunctionId),
  ]);
  return {
    states,
    inProgress: { api, auth },
    hashes: { [migrationFunction]: migrate, [preTrafficFunctionId]: preTraffic },
  };
}

/** A release without a trace in the log must not start. */
function requireReleaseLog<Result>(call: Promise<Result>): Promise<Result> {
  return call.catch((error: unknown) => {
    const { why, action } = explainAwsFailure("AWS CloudWatch Logs", error);
    throw new OperatorError("release-log-unavailable", {
      what: "Nothing was released: the release log is unavailable.",
      why,
      action,
      cause: error,
    });
  });
}
