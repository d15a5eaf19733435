import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigurationError } from "../../service/config.ts";
import { environments } from "../../stacks/environments.ts";
import { runInterruptible } from "../cli/interruptible.ts";
import type { DrillTarget } from "./drill-target.ts";
import { getLocalServices } from "./local-services.ts";
import { type DrillReport, toPhaseLine, toSummaryLines } from "./report.ts";
import { runScenario, type Scenario } from "./run-scenario.ts";
import { readRunbook } from "./runbook.ts";
import { scenarios } from "./scenarios.ts";

/** What drills are told. */
export interface RunDrillsOptions {
  /** Names of scenarios. */
  readonly scenario: readonly string[];
  readonly documents: number;
  readonly writeSeconds: number;
  readonly outageSeconds: number;
  /** Targets, in seconds. */
  readonly rto: number;
  readonly rpo: number;
  readonly backupLocation?: string;
  /** Lets a person follow the page. */
  readonly manual: boolean;
  /** @default an environment of the drill's own, on this machine */
  readonly environment?: "staging";
}

/**
 * Rehearses disasters one after the other.
 * @param log hears how they go
 * @throws {ConfigurationError} if there is no place for it, or it is not on this machine
 */
export async function runDrills(
  options: RunDrillsOptions,
  log: (line: string) => void,
): Promise<DrillReport[]> {
  const chosen = await Promise.all(options.scenario.map((name) => scenarios[name]!()));
  if (options.environment) refuseInStaging(chosen);
  const open = await targetOf(options);
  return runInterruptible({ why: "The drill removed its resources.", action: "Run it again." }, (signal) =>
    rehearse(options, chosen, open, signal, log),
  );
}

/**
 * What drills in staging need and do, step by step, as lines for people.
 * @throws {ConfigurationError} if one of them is not rehearsed there
 */
export async function planStagingDrills(names: readonly string[]): Promise<string[]> {
  const chosen = await Promise.all(names.map((name) => scenarios[name]!()));
  refuseInStaging(chosen);
  return chosen.flatMap(plannedLines);
}

async function rehearse(
  options: RunDrillsOptions,
  chosen: readonly Scenario[],
  open: () => Promise<DrillTarget>,
  signal: AbortSignal,
  log: (line: string) => void,
): Promise<DrillReport[]> {
  const reports: DrillReport[] = [];
  for (const scenario of chosen) {
    if (signal.aborted) break;
    log(`\n${scenario.name}: ${scenario.title}`);
    const report = await runScenario(scenario, {
      open,
      documents: options.documents,
      writeSeconds: options.writeSeconds,
      outageSeconds: options.outageSeconds,
      targets: { rtoSeconds: options.rto, rpoSeconds: options.rpo },
      onPhase: (phase) => log(toPhaseLine(phase)),
      manual: options.manual,
      signal,
      ...(options.backupLocation !== undefined && { backupLocation: options.backupLocation }),
    });
    for (const line of toSummaryLines(report)) log(line);
    if (options.environment && !report.passed && report.disasterAt) log(unfinished(report));
    reports.push(report);
  }
  return reports;
}

/** Where drills take place. */
async function targetOf({ environment }: RunDrillsOptions): Promise<() => Promise<DrillTarget>> {
  if (environment) {
    const { StagingEnvironment } = await import("./staging-environment.ts");
    return () => StagingEnvironment.open({ variables: process.env });
  }
  const services = getLocalServices(process.env);
  const { LocalEnvironment } = await import("./local-environment.ts");
  return () => LocalEnvironment.build(services);
}

function refuseInStaging(chosen: readonly Scenario[]): void {
  const others = chosen.filter(({ supportsStaging }) => !supportsStaging).map(({ name }) => name);
  if (others.length === 0) return;
  throw new ConfigurationError(
    `Not rehearsed in staging: ${others.join(", ")}. What they destroy is out of reach there, or would stay destroyed. Leave ` +
      "--environment out to rehearse them on this machine.",
  );
}

const unfinished = ({ runbook, disasterAt }: DrillReport): string =>
  `  staging is as the drill has left it. Follow runbooks/${runbook}.md by hand, with BEFORE=${disasterAt}, until its check passes.`;

/**
 * Writes `drill.json` and `drill.html` into a folder.
 * @throws {ConfigurationError} if they cannot be written
 */
export async function writeReport(folder: string, reports: readonly DrillReport[]): Promise<void> {
  const { renderHtmlReport } = await import("./html-report.ts");
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "drill.json"), JSON.stringify(reports, null, 2));
    await writeFile(join(folder, "drill.html"), renderHtmlReport(reports));
  } catch (error) {
    throw new ConfigurationError(
      `The report was not written: ${(error as Error).message}. Name a folder of yours with --report.`,
      { cause: error },
    );
  }
}

function plannedLines({ name, title, runbook }: Scenario): string[] {
  const { accountId, apiDomain, region } = environments.staging;
  const { sections } = readRunbook(runbook);
  const commandsOf = (heading: string) => sections.find((section) => section.heading === heading)!.commands;
  const steps = sections.find(({ heading }) => heading === "Steps")!.steps;
  const before = ["First look", "Decide"].map((heading) => [heading, commandsOf(heading)] as const);
  return [
    `${name} in staging: account ${accountId}, ${region}, https://${apiDomain}`,
    "needs: the AWS CLI, signed in to that account: it may read and write the backup bucket, and set the functions' concurrency",
    "needs: MONGODB_URI, the address from Atlas with the database's name in it, and a user with readWrite and dbAdmin on it",
    "needs: this machine's address on the Atlas project's access list",
    "needs: HEALTH_API_KEY, the app's key of staging",
    "asks: the environment's name is to be typed",
    "does: registers 4 users by the API, writes as many activities as --documents says, and goes on writing",
    "does: npm run ops -- backup create --to the backup location",
    `does: ${title.toLowerCase()}`,
    ...[...before, ...steps.map(({ number, commands }) => [`step ${number}`, commands] as const)].flatMap(
      ([where, commands]) =>
        commands.flatMap((command) =>
          command.split("\n").map((line) => `does: ${runbook}, ${where.toLowerCase()}: ${line}`),
        ),
    ),
    "does: checks by the API, and counts documents and indexes",
    "does: deletes the users and the activities that it made",
  ];
}
