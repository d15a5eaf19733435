import type { DeployedEnvironment } from "../../service/contract.ts";
import { explainAwsFailure } from "../aws/explain-failure.ts";
import { hasCode, OperatorError } from "../cli/errors.ts";
import { poll } from "../cli/polling.ts";
import { confirm } from "../cli/prompt.ts";
import { buildArchive, type ReleaseArchive, readArchive } from "./archive.ts";
import { deploy } from "./deploy.ts";
import type { CommandOutput, DeployContext, FunctionRelease } from "./deploy-context.ts";
import { Deployments } from "./deployments.ts";
import { failRelease } from "./failed-release.ts";
import { type FunctionStates, type ReleasedFunction, ReleaseFunctions, releasedFunctions } from "./functions.ts";
import { assertNoOtherRelease, type InProgressDeployments } from "./in-progress-deployments.ts";
import { type LoggedEvent, type ReleaseEvent, ReleaseLog } from "./release-log.ts";
import { describeFailures, formatSmokeTests, runSmokeTests } from "./smoke-tests.ts";

/** Options of every command that releases an archive. */
export interface RollOutOptions {
  readonly environment: DeployedEnvironment;
  /** Skips the confirmation. */
  readonly yes?: boolean;
  /** Prints the plan, and changes nothing. */
  readonly dryRun?: boolean;
  /** Address for the smoke tests. @default the environment's domain name */
  readonly api?: URL;
}

/** Options of `npm run ops -- release`. */
export interface ReleaseOptions extends RollOutOptions {
  /** Path of an existing archive. @default this checkout is built */
  readonly archive?: string;
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
 * Releases this checkout, or an archive.
 * @throws {OperatorError} like {@link rollOut}, or if the checkout has uncommitted changes or is meant for production
 */
export async function release({ archive: path, ...options }: ReleaseOptions, output: RollOutOutput): Promise<void> {
  if (options.environment === "production" && path === undefined) {
    throw new OperatorError("production-needs-promotion", {
      what: "Nothing was released.",
      why: "Production runs only archives that staging has run.",
      action: "Use `npm run ops -- promote`. If staging no longer exists, name an archive that it ran with --archive.",
    });
  }
  const archive = path === undefined ? await buildArchive() : await readArchive(path);
  await rollOut(options, archive, "yes", output);
}

/**
 * Publishes an archive, shifts the traffic of both functions to it, and runs the smoke tests. It rolls back what fails. After an
 * interruption, the next run resumes.
 *
 * @param word what the operator types to confirm
 * @throws {OperatorError} if another release is in progress, the operator does not confirm, or the release was rolled back
 */
export async function rollOut(
  options: RollOutOptions,
  archive: ReleaseArchive,
  word: string,
  output: RollOutOutput,
): Promise<void> {
  const { environment, yes, dryRun, api } = options;
  const { bytes: _, ...source } = archive;
  const printResult = (more: object) => output.result({ environment, ...source, ...more });
  const functions = new ReleaseFunctions(environment);
  const deployments = new Deployments(environment);
  const log = new ReleaseLog(environment);
  const [states, ofApi, ofAuth, history] = await Promise.all([
    functions.read(),
    deployments.findInProgress("api"),
    deployments.findInProgress("auth"),
    requireReleaseLog(log.read(recentEvents)),
  ]);
  const inProgress = { api: ofApi, auth: ofAuth };
  assertNoOtherRelease(environment, states, inProgress, archive.sha256, history[0]);
  const plan = formatPlan(states, archive);
  if (dryRun) {
    for (const line of plan) output.log(line);
    return printResult({ plan });
  }
  const consequence = `${plan.join("\n")}\nThis shifts all traffic of ${environment}.`;
  if (!yes) await confirm({ consequence, word });

  const interrupted = history.find(({ sha256 }) => sha256 === archive.sha256);
  const releases: FunctionRelease[] = [];
  for (const id of releasedFunctions) {
    const to = inProgress[id]?.versions?.to ?? (await functions.publish(id, archive));
    releases.push(toFunctionRelease(to, id, states, inProgress, interrupted));
  }
  const due = releases.filter(({ from, to }) => from !== to);
  if (due.length === 0) {
    output.log(`Nothing to do: ${environment} runs ${archive.sha256} already.`);
    return printResult({ functions: releases });
  }

  const shifts = due.map(({ function: id, from, to }) => ({ function: id, from: [from], to }));
  await requireReleaseLog(log.append({ event: "release started", shifts, ...source }));
  const record = (event: ReleaseEvent["event"]) => log.tryAppend({ event, shifts, ...source }, output.warn);
  const context: DeployContext = { environment, functions, deployments, output };
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
    printResult({ functions: due, checks });
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
  output.log(`${environment} runs ${archive.sha256}.`);
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

function formatPlan(states: FunctionStates, { sha256, commit = "unknown" }: ReleaseArchive): string[] {
  const lines = releasedFunctions.map((id) => {
    const { live, versions } = states[id];
    const running = versions.find(({ version }) => version === live.version)?.sha256;
    return `${id}: runs version ${live.version}, ${running === sha256 ? "the same archive" : `archive ${running}`}`;
  });
  return [...lines, `to release: archive ${sha256}, commit ${commit}`];
}

/** @param interrupted the last event of this archive: after an interruption, it has the version before the shift */
function toFunctionRelease(
  to: number,
  id: ReleasedFunction,
  states: FunctionStates,
  inProgress: InProgressDeployments,
  interrupted: LoggedEvent | undefined,
): FunctionRelease {
  const { id: deploymentId, versions } = inProgress[id] ?? {};
  if (deploymentId && versions) return { function: id, from: versions.from, to, deploymentId, isDone: false };
  const { version } = states[id].live;
  if (version !== to) return { function: id, from: version, to, isDone: false };
  const isOpen = interrupted?.event === "release started" || interrupted?.event === "release failed";
  const before = interrupted?.shifts.find((shift) => shift.function === id && shift.to === to)?.from[0];
  return { function: id, from: isOpen && before !== undefined ? before : to, to, isDone: true };
}
