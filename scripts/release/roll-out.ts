import { setTimeout as wait } from "node:timers/promises";
import { ConfigurationError } from "../../service/config.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { describeAwsFailure } from "../aws/explain-failure.ts";
import { prompt } from "../cli/prompt.ts";
import { buildArchive, type ReleaseArchive, readArchive } from "./archive.ts";
import {
  type CommandOutput,
  type DeployContext,
  deploy,
  type FunctionRelease,
  ReleaseFailed,
  rollBackFunctions,
} from "./deploy.ts";
import { Deployments } from "./deployments.ts";
import {
  type FunctionStates,
  type ReleasedFunction,
  ReleaseFunctions,
  releasedFunctions,
} from "./functions.ts";
import { assertNoOtherRelease, type InProgressDeployments } from "./in-progress-deployments.ts";
import { type LoggedEvent, type ReleaseEvent, ReleaseLog } from "./release-log.ts";
import { formatSmokeTests, runSmokeTests, type SmokeTestResult } from "./smoke-tests.ts";

/** What every way of releasing an archive is told. */
export interface RollOutOptions {
  readonly environment: DeployedEnvironment;
  /** Asks nothing. */
  readonly yes?: boolean;
  /** Says what it would do, and does nothing. */
  readonly dryRun?: boolean;
  /** Where the API is looked at afterwards. @default the environment's public name */
  readonly api?: URL;
}

/** What `npm run ops -- release` was told. */
export interface ReleaseOptions extends RollOutOptions {
  /** Path of an archive that was built before. @default this checkout is built */
  readonly archive?: string;
}

/** Hears how a release goes. */
export interface RollOutOutput extends CommandOutput {
  /** What was done, as JSON has it: also of a release that is then put back. */
  readonly result: (answer: object) => void;
}

/** One failure may be the network's here; three are not. */
const smokeTestRetry = { attempts: 3, pauseMilliseconds: 2_000 };

/** Lines of the release log that may tell of an interrupted run. */
const recentEvents = 20;

/**
 * Releases this checkout, or an archive.
 * @throws {ConfigurationError} as {@link rollOut}, or if the checkout differs from its commit, or is to go to production
 */
export async function release(
  { archive: path, ...options }: ReleaseOptions,
  output: RollOutOutput,
): Promise<void> {
  if (options.environment === "production" && path === undefined) {
    throw new ConfigurationError(
      "Nothing was released: production takes what staging runs, and no build that was never tried. Use `npm run ops -- promote`; only " +
        "if there is no staging any more, name an archive that it ran with --archive.",
    );
  }
  const archive = path === undefined ? await buildArchive() : await readArchive(path);
  await rollOut(options, archive, "yes", output);
}

/**
 * Publishes an archive, has CodeDeploy move both functions to it, and looks from outside. What fails on the way is put back. Run again,
 * it goes on where it was interrupted.
 *
 * @param word what a person must type to agree
 * @throws {ConfigurationError} if anything else is under way, nobody agreed, or the release was put back
 */
export async function rollOut(
  options: RollOutOptions,
  archive: ReleaseArchive,
  word: string,
  output: RollOutOutput,
): Promise<void> {
  const { environment, yes, dryRun, api } = options;
  const { bytes: _, ...source } = archive;
  const answer = (more: object) => output.result({ environment, ...source, ...more });
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
    return answer({ plan });
  }
  if (!yes) await confirm(environment, plan, word);

  const begun = history.find(({ sha256 }) => sha256 === archive.sha256);
  const releases: FunctionRelease[] = [];
  for (const id of releasedFunctions) {
    const to = inProgress[id]?.versions?.to ?? (await functions.publish(id, archive));
    releases.push(toFunctionRelease(to, id, states, inProgress, begun));
  }
  const due = releases.filter(({ from, to }) => from !== to);
  if (due.length === 0) {
    output.log(`Nothing was moved: ${environment} runs ${archive.sha256} already.`);
    return answer({ functions: releases });
  }

  const step = {
    shifts: due.map(({ function: id, from, to }) => ({ function: id, from: [from], to })),
    ...source,
  };
  await requireReleaseLog(log.append({ event: "release begun", ...step }));
  const note = (what: ReleaseEvent["event"]) =>
    log.append({ event: what, ...step }).catch((error: unknown) => {
      output.warn(
        `The release log has no line "${what}": ${describeAwsFailure("AWS CloudWatch Logs", error)}`,
      );
    });
  const work: DeployContext = { environment, functions, deployments, output };
  try {
    await deploy(work, due);
    const checks = await retrySmokeTests(environment, api);
    for (const line of formatSmokeTests(checks)) output.log(line);
    answer({ functions: due, checks });
    await rollBackUnlessHealthy(work, due, checks);
  } catch (error) {
    await note(error instanceof ReleaseFailed ? "release put back" : "release stopped");
    throw error;
  }
  await note("release done");
  output.log(`${environment} runs ${archive.sha256}.`);
}

/** A release that nobody could find out about later does not begin. */
function requireReleaseLog<Answer>(answer: Promise<Answer>): Promise<Answer> {
  return answer.catch((error: unknown) => {
    throw new ConfigurationError(
      `Nothing was moved: the release log does not answer. ${describeAwsFailure("AWS CloudWatch Logs", error)}`,
      { cause: error },
    );
  });
}

function formatPlan(states: FunctionStates, { sha256, commit = "not known" }: ReleaseArchive): string[] {
  const lines = releasedFunctions.map((id) => {
    const { live, versions } = states[id];
    const running = versions.find(({ version }) => version === live.version)?.sha256;
    return `${id}: runs version ${live.version}, archive ${running === sha256 ? "the same" : running}`;
  });
  return [...lines, `to release: archive ${sha256}, commit ${commit}`];
}

async function confirm(
  environment: DeployedEnvironment,
  plan: readonly string[],
  word: string,
): Promise<void> {
  const typed = await prompt(
    `${plan.join("\n")}\nThis moves all requests of ${environment}. Type ${word} to go on: `,
  );
  if (typed === word) return;
  throw new ConfigurationError(
    `Nothing was released: ${typed ? `${typed} was typed` : `nobody typed ${word}`}. Type ${word}, or give --yes in scripts.`,
  );
}

/** @param begun the last line about this archive: of a run that was interrupted, it knows from where a function was moved */
function toFunctionRelease(
  to: number,
  id: ReleasedFunction,
  states: FunctionStates,
  inProgress: InProgressDeployments,
  begun: LoggedEvent | undefined,
): FunctionRelease {
  const { id: deployment, versions } = inProgress[id] ?? {};
  if (deployment && versions)
    return { function: id, from: versions.from, to, deploymentId: deployment, isDone: false };
  const { version } = states[id].live;
  if (version !== to) return { function: id, from: version, to, isDone: false };
  const isOpen = begun?.event === "release begun" || begun?.event === "release stopped";
  const before = begun?.shifts.find((move) => move.function === id && move.to === to)?.from[0];
  return { function: id, from: isOpen && before !== undefined ? before : to, to, isDone: true };
}

async function retrySmokeTests(environment: DeployedEnvironment, api?: URL): Promise<SmokeTestResult[]> {
  for (let left = smokeTestRetry.attempts; ; left--) {
    const findings = await runSmokeTests(environment, api);
    if (left === 1 || !findings.some(isFailed)) return findings;
    await wait(smokeTestRetry.pauseMilliseconds);
  }
}

/** Puts a release back that is no good from outside. */
async function rollBackUnlessHealthy(
  work: DeployContext,
  due: readonly FunctionRelease[],
  checks: readonly SmokeTestResult[],
): Promise<void> {
  const failed = checks.filter(isFailed);
  if (failed.length === 0) return;
  await rollBackFunctions(work, due);
  throw new ReleaseFailed(
    `${work.environment} was put back to what it ran before, as it is not well from outside: ` +
      `${failed.map(({ check, detail }) => `${check}: ${detail}`).join("; ")}. Correct that, and release again.`,
  );
}

const isFailed = ({ outcome }: SmokeTestResult): boolean => outcome === "failed";
