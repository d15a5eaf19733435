import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigurationError } from "../../service/config.ts";
import { interruptible } from "../cli/interruptible.ts";
import type { Ground } from "./ground.ts";
import { drillPlace } from "./loopback.ts";
import type { DrillReport } from "./report.ts";
import { runScenario } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";
import { phaseLine, summaryLines } from "./text.ts";

/** What `npm run ops -- drill` was told. */
export interface DrillCommandOptions {
  /** Names of scenarios. */
  readonly scenario: readonly string[];
  readonly documents: number;
  readonly writeSeconds: number;
  readonly outageSeconds: number;
  /** Targets, in seconds. */
  readonly rto: number;
  readonly rpo: number;
  /** Folder for `drill.json` and `drill.html`. */
  readonly report?: string;
  readonly vault?: string;
  readonly byHand?: boolean;
  readonly json?: boolean;
  /** @default an environment of the drill's own, on this machine */
  readonly environment?: "staging";
  /** Only says what would be done in staging. */
  readonly dryRun?: boolean;
}

/**
 * `npm run ops -- drill`: rehearses disasters one after the other. The exit code is 1 if one of them did not pass.
 * @throws {ConfigurationError} if there is no place for it, or it is not on this machine
 */
export async function drill(options: DrillCommandOptions): Promise<void> {
  const chosen = await Promise.all(options.scenario.map((name) => scenarios[name]!()));
  if (options.environment) refuseInStaging(chosen);
  if (options.dryRun) return printPlan(chosen);
  const open = await groundOf(options);
  const reports = await interruptible("What the drill made is removed; run it again.", (signal) =>
    rehearse(options, chosen, open, signal),
  );
  if (options.json) console.log(JSON.stringify(reports, null, 2));
  if (options.report !== undefined) await writeReport(options.report, reports);
  if (!reports.every(({ passed }) => passed)) process.exitCode = 1;
}

async function rehearse(
  options: DrillCommandOptions,
  chosen: readonly Scenario[],
  open: () => Promise<Ground>,
  signal: AbortSignal,
): Promise<DrillReport[]> {
  const reports: DrillReport[] = [];
  const say = options.json ? console.error : console.log;
  for (const scenario of chosen) {
    if (signal.aborted) break;
    say(`\n${scenario.name}: ${scenario.title}`);
    const report = await runScenario(scenario, {
      open,
      documents: options.documents,
      writeSeconds: options.writeSeconds,
      outageSeconds: options.outageSeconds,
      targets: { rtoSeconds: options.rto, rpoSeconds: options.rpo },
      tell: (phase) => say(phaseLine(phase)),
      byHand: options.byHand ?? false,
      signal,
      ...(options.vault !== undefined && { vault: options.vault }),
    });
    for (const line of summaryLines(report)) say(line);
    if (options.environment && !report.passed && report.disasterAt) say(unfinished(report));
    reports.push(report);
  }
  return reports;
}

/** Where drills take place. */
async function groundOf({ environment }: DrillCommandOptions): Promise<() => Promise<Ground>> {
  if (environment) {
    const { RealStaging } = await import("./real-staging.ts");
    return () => RealStaging.open({ variables: process.env });
  }
  const place = drillPlace(process.env);
  const { Stage } = await import("./stage.ts");
  return () => Stage.build(place);
}

function refuseInStaging(chosen: readonly Scenario[]): void {
  const others = chosen.filter(({ inStaging }) => !inStaging).map(({ name }) => name);
  if (others.length === 0) return;
  throw new ConfigurationError(
    `Not rehearsed in staging: ${others.join(", ")}. What they destroy is out of reach there, or would stay destroyed. Leave ` +
      "--environment out to rehearse them on this machine.",
  );
}

async function printPlan(chosen: readonly Scenario[]): Promise<void> {
  const { plannedLines } = await import("./dry-run.ts");
  for (const scenario of chosen) for (const line of plannedLines(scenario)) console.log(line);
}

const unfinished = ({ page, disasterAt }: DrillReport): string =>
  `  staging is as the drill has left it. Follow runbooks/${page}.md by hand, with BEFORE=${disasterAt}, until its check passes.`;

async function writeReport(folder: string, reports: readonly DrillReport[]): Promise<void> {
  const { drillPage } = await import("./html-page.ts");
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "drill.json"), JSON.stringify(reports, null, 2));
    await writeFile(join(folder, "drill.html"), drillPage(reports));
  } catch (error) {
    throw new ConfigurationError(
      `The report was not written: ${(error as Error).message}. Name a folder of yours with --report.`,
      { cause: error },
    );
  }
}
