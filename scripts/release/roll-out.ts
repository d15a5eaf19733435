import { setTimeout as wait } from "node:timers/promises";
import { ConfigurationError } from "../../service/config.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { awsReason } from "../aws/failure-reason.ts";
import { ask } from "../cli/prompt.ts";
import type { ReleaseArchive } from "./archive.ts";
import { type Deploying, deploy, type FunctionRelease, putBack, ReleaseFailed } from "./deploy.ts";
import { Deployments } from "./deployments.ts";
import {
  type FunctionStates,
  type ReleasedFunction,
  ReleaseFunctions,
  releasedFunctions,
} from "./functions.ts";
import { type Finding, findingLine, lookFromOutside } from "./health.ts";
import { type LoggedStep, ReleaseLog, type ReleaseStep } from "./release-log.ts";
import { refuseOthers, type UnderWay } from "./under-way.ts";

/** What every way of releasing an archive is told. */
export interface RollOutOptions {
  readonly environment: DeployedEnvironment;
  /** Asks nothing. */
  readonly yes?: boolean;
  /** Says what it would do, and does nothing. */
  readonly dryRun?: boolean;
  readonly json?: boolean;
  /** Where the API is looked at afterwards. @default the environment's public name */
  readonly api?: URL;
}

/** One failure may be the network's here; three are not. */
const looks = { tries: 3, pauseMilliseconds: 2_000 };

/** Lines of the release log that may tell of an interrupted run. */
const recentLines = 20;

/**
 * Publishes an archive, has CodeDeploy move both functions to it, and looks from outside. What fails on the way is put back. Run again,
 * it goes on where it was interrupted.
 *
 * @param word what a person must type to agree
 * @throws {ConfigurationError} if anything else is under way, nobody agreed, or the release was put back
 */
export async function rollOut(options: RollOutOptions, archive: ReleaseArchive, word: string): Promise<void> {
  const { environment, yes, dryRun, json, api } = options;
  const { bytes: _, ...source } = archive;
  const say = json ? console.error : console.log;
  const print = (answer: object) => {
    if (json) console.log(JSON.stringify({ environment, ...source, ...answer }, null, 2));
  };
  const functions = new ReleaseFunctions(environment);
  const deployments = new Deployments(environment);
  const log = new ReleaseLog(environment);
  const [states, ofApi, ofAuth, history] = await Promise.all([
    functions.read(),
    deployments.underWay("api"),
    deployments.underWay("auth"),
    noted(log.read(recentLines)),
  ]);
  const underWay = { api: ofApi, auth: ofAuth };
  refuseOthers(environment, states, underWay, archive.sha256, history[0]);
  const plan = planLines(states, archive);
  if (dryRun) {
    for (const line of plan) say(line);
    return print({ plan });
  }
  if (!yes) await confirm(environment, plan, word);

  const begun = history.find(({ sha256 }) => sha256 === archive.sha256);
  const releases: FunctionRelease[] = [];
  for (const id of releasedFunctions) {
    const to = underWay[id]?.versions?.to ?? (await functions.publish(id, archive));
    releases.push(releaseOf(to, id, states, underWay, begun));
  }
  const due = releases.filter(({ from, to }) => from !== to);
  if (due.length === 0) {
    say(`Nothing was moved: ${environment} runs ${archive.sha256} already.`);
    return print({ functions: releases });
  }

  const step = {
    moves: due.map(({ function: id, from, to }) => ({ function: id, from: [from], to })),
    ...source,
  };
  await noted(log.append({ what: "release begun", ...step }));
  const note = (what: ReleaseStep["what"]) =>
    log.append({ what, ...step }).catch((error: unknown) => {
      console.error(`The release log has no line "${what}": ${awsReason("AWS CloudWatch Logs", error)}`);
    });
  const work: Deploying = { environment, functions, deployments, say };
  try {
    await deploy(work, due);
    const checks = await lookSeveralTimes(environment, api);
    for (const finding of checks) say(findingLine(finding));
    print({ functions: due, checks });
    await judge(work, due, checks);
  } catch (error) {
    await note(error instanceof ReleaseFailed ? "release put back" : "release stopped");
    throw error;
  }
  await note("release done");
  say(`${environment} runs ${archive.sha256}.`);
}

/** A release that nobody could find out about later does not begin. */
function noted<Answer>(answer: Promise<Answer>): Promise<Answer> {
  return answer.catch((error: unknown) => {
    throw new ConfigurationError(
      `Nothing was moved: the release log does not answer. ${awsReason("AWS CloudWatch Logs", error)}`,
      { cause: error },
    );
  });
}

function planLines(states: FunctionStates, { sha256, commit = "not known" }: ReleaseArchive): string[] {
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
  const typed = await ask(
    `${plan.join("\n")}\nThis moves all requests of ${environment}. Type ${word} to go on: `,
  );
  if (typed === word) return;
  throw new ConfigurationError(
    `Nothing was released: ${typed ? `${typed} was typed` : `nobody typed ${word}`}. Type ${word}, or give --yes in scripts.`,
  );
}

/** @param begun the last line about this archive: of a run that was interrupted, it knows from where a function was moved */
function releaseOf(
  to: number,
  id: ReleasedFunction,
  states: FunctionStates,
  underWay: UnderWay,
  begun: LoggedStep | undefined,
): FunctionRelease {
  const { id: deployment, versions } = underWay[id] ?? {};
  if (deployment && versions) return { function: id, from: versions.from, to, deployment, isDone: false };
  const { version } = states[id].live;
  if (version !== to) return { function: id, from: version, to, isDone: false };
  const isOpen = begun?.what === "release begun" || begun?.what === "release stopped";
  const before = begun?.moves.find((move) => move.function === id && move.to === to)?.from[0];
  return { function: id, from: isOpen && before !== undefined ? before : to, to, isDone: true };
}

async function lookSeveralTimes(environment: DeployedEnvironment, api?: URL): Promise<Finding[]> {
  for (let left = looks.tries; ; left--) {
    const findings = await lookFromOutside(environment, api);
    if (left === 1 || !findings.some(isFailed)) return findings;
    await wait(looks.pauseMilliseconds);
  }
}

/** Puts a release back that is no good from outside. */
async function judge(
  work: Deploying,
  due: readonly FunctionRelease[],
  checks: readonly Finding[],
): Promise<void> {
  const failed = checks.filter(isFailed);
  if (failed.length === 0) return;
  await putBack(work, due);
  throw new ReleaseFailed(
    `${work.environment} was put back to what it ran before, as it is not well from outside: ` +
      `${failed.map(({ check, detail }) => `${check}: ${detail}`).join("; ")}. Correct that, and release again.`,
  );
}

const isFailed = ({ outcome }: Finding): boolean => outcome === "failed";
