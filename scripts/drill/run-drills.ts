import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DeployedEnvironment } from "../../service/contract.ts";
import type { Environment } from "../../stacks/environments.ts";
import { OperatorError } from "../cli/errors.ts";
import { runInterruptible } from "../cli/interruptible.ts";
import type { Log } from "../cli/output.ts";
import { type ProgressReporter, withProgress } from "../cli/progress.ts";
import { type Prompt, promptTerminal } from "../cli/prompt.ts";
import type { DrillTarget } from "./drill-target.ts";
import { getLocalServices } from "./local-services.ts";
import { type DrillReport, toPhaseLine, toSummaryLines } from "./report.ts";
import { type RunOptions, runScenario, type Scenario } from "./run-scenario.ts";
import { readRunbook } from "./runbook.ts";
import { scenarios } from "./scenarios.ts";

export interface RunDrillsOptions extends Omit<RunOptions, "open" | "onPhase" | "signal"> {
  /** Names of scenarios. */
  readonly scenario: readonly string[];
  /** @default a local environment that the drill creates */
  readonly environment?: DeployedEnvironment;
  /** Skips the confirmation, which a drill in a deployed environment needs. */
  readonly yes?: boolean;
}

/**
 * Runs scenarios one after the other.
 * @param log receives the progress, line by line
 * @throws {OperatorError} if the environment does not support a scenario, the operator does not confirm, or a local service is missing
 * or not on this machine
 */
export async function runDrills(options: RunDrillsOptions, log: Log): Promise<DrillReport[]> {
  const { scenario: names, environment, yes, ...others } = options;
  const chosen = await Promise.all(names.map((name) => scenarios[name]!()));
  if (environment !== undefined) await requireSupport(environment, chosen);
  const interruption = { why: "The drill removed its resources.", action: "Run it again." };
  return withProgress(async (progress) => {
    const open = await getOpener(progress, environment, yes);
    const print: Log = (line) => {
      progress.erase();
      log(line);
    };
    const onPhase: RunOptions["onPhase"] = (phase) => print(toPhaseLine(phase));
    // A person who follows a runbook is asked at this terminal.
    const reported = others.manual ? {} : { progress };
    return runInterruptible(interruption, async (signal) => {
      const reports: DrillReport[] = [];
      for (const scenario of chosen) {
        if (signal.aborted) break;
        print(`\n${scenario.name}: ${scenario.title}`);
        const report = await runScenario(scenario, { ...others, ...reported, open, onPhase, signal });
        progress.end();
        for (const line of toSummaryLines(report)) log(line);
        if (environment && !report.passed && report.disasterAt) log(describeUnfinished(environment, report));
        reports.push(report);
      }
      return reports;
    });
  });
}

async function getOpener(
  progress: ProgressReporter,
  environment: DeployedEnvironment | undefined,
  yes: boolean | undefined,
): Promise<() => Promise<DrillTarget>> {
  if (environment) {
    const { openDeployedEnvironment } = await import("./deployed-environment.ts");
    const prompt: Prompt = (question) => {
      progress.end();
      return promptTerminal(question);
    };
    return () => openDeployedEnvironment(environment, { variables: process.env, yes, prompt });
  }
  const services = getLocalServices(process.env);
  const { LocalEnvironment } = await import("./local-environment.ts");
  return () => LocalEnvironment.build(services);
}

/** @returns the environment */
async function requireSupport(name: DeployedEnvironment, chosen: readonly Scenario[]): Promise<Environment> {
  const { requireDrillable } = await import("./deployed-environment.ts");
  const environment = requireDrillable(name);
  const others = chosen.filter(({ supportsDeployed }) => !supportsDeployed).map((scenario) => scenario.name);
  if (others.length === 0) return environment;
  throw new OperatorError("scenario-not-in-deployed-environment", {
    what: `These scenarios do not run in ${name}: ${others.join(", ")}.`,
    why: "What they destroy is out of reach from here, or cannot be restored.",
    action: "Omit --environment to run them on this machine.",
  });
}

const describeUnfinished = (environment: DeployedEnvironment, { runbook, disasterAt }: DrillReport): string =>
  `  The drill left ${environment} damaged. Follow runbooks/${runbook}.md with BEFORE=${disasterAt} until its check passes.`;

/**
 * Writes `drill.json` and `drill.html` into a folder.
 * @throws {OperatorError} if they cannot be written
 */
export async function writeReport(folder: string, reports: readonly DrillReport[]): Promise<void> {
  const { renderHtmlReport } = await import("./html-report.ts");
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "drill.json"), JSON.stringify(reports, null, 2));
    await writeFile(join(folder, "drill.html"), renderHtmlReport(reports));
  } catch (cause) {
    throw new OperatorError("drill-report-not-written", {
      what: "The drill finished, and its report was not written.",
      why: `${(cause as Error).message}.`,
      action: "Pass a writable folder with --report.",
      cause,
    });
  }
}

/**
 * The prerequisites and steps of drills, as lines of text.
 * @param name a deployed environment. @default this machine
 * @throws {OperatorError} if a drill may not destroy the environment, or cannot run a scenario there
 */
export async function planDrills(names: readonly string[], name?: DeployedEnvironment): Promise<string[]> {
  const chosen = await Promise.all(names.map((each) => scenarios[each]!()));
  const environment = name === undefined ? undefined : await requireSupport(name, chosen);
  return chosen.flatMap((scenario) => planDrill(scenario, environment));
}

/** @param chosen numbers of the steps. @default all */
function planRunbook(name: string, chosen?: readonly number[]): string[] {
  return readRunbook(name).sections.flatMap(({ heading, steps, ...own }) => {
    if (!["First look", "Decide", "Steps"].includes(heading)) return [];
    const isSteps = heading === "Steps";
    const parts = [
      { where: heading.toLowerCase(), commands: isSteps ? [] : own.commands },
      ...steps
        .filter(({ number }) => !isSteps || (chosen?.includes(number) ?? true))
        .map((step) => ({ where: isSteps ? `step ${step.number}` : heading.toLowerCase(), commands: step.commands })),
    ];
    return parts.flatMap((part) =>
      part.commands.flatMap((command) => command.split("\n").map((line) => `does: ${name}, ${part.where}: ${line}`)),
    );
  });
}

function planDrill({ name, title, runbook, route = [] }: Scenario, environment?: Environment): string[] {
  return [
    ...(environment ? describeDeployedEnvironment(name, environment) : describeLocalEnvironment(name)),
    "does: registers 4 users by the API, writes the number of activities that --documents gives, and keeps writing",
    "does: npm run ops -- backup create --location the backup location",
    `does: ${title.toLowerCase()}`,
    ...route.flatMap((part) => planRunbook(part.name, part.steps)),
    ...planRunbook(runbook),
    "does: checks the API, and counts documents and indexes",
    environment
      ? "does: deletes the users and the activities that it created"
      : "does: removes the environment that it created",
  ];
}

const describeLocalEnvironment = (name: string): string[] => [
  `${name} on this machine`,
  "needs: MONGODB_URI, REDIS_URL and AWS_ENDPOINT_URL, which name services on this machine",
  "does: creates a database, an account of the AWS emulator and the service, and nothing outside of them",
];

function describeDeployedEnvironment(name: string, environment: Environment): string[] {
  const { accountId, apiDomain, region } = environment;
  return [
    `${name} in ${environment.name}: account ${accountId}, ${region}, https://${apiDomain}`,
    "needs: the AWS CLI, signed in to that account, allowed to use the backup bucket and to set the functions' concurrency",
    "needs: MONGODB_URI, the address from Atlas with the database's name in it, of a user with readWrite and dbAdmin on it",
    "needs: this machine's address on the Atlas project's access list",
    `needs: HEALTH_API_KEY, the app's API key of ${environment.name}`,
    "asks: the name of the environment, as a confirmation",
  ];
}
