import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigurationError } from "../../../service/config.ts";
import { interruptible } from "../backup/interruptible.ts";
import { type DrillPlace, drillPlace } from "./loopback.ts";
import type { DrillReport } from "./report.ts";
import { runScenario } from "./run-scenario.ts";
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
}

/**
 * `npm run ops -- drill`: rehearses disasters one after the other. The exit code is 1 if one of them did not pass.
 * @throws {ConfigurationError} if there is no place for it, or it is not on this machine
 */
export async function drill(options: DrillCommandOptions): Promise<void> {
  const place = drillPlace(process.env);
  const reports = await interruptible("What the drill made is removed; run it again.", (signal) =>
    rehearse(options, place, signal),
  );
  if (options.json) console.log(JSON.stringify(reports, null, 2));
  if (options.report !== undefined) await writeReport(options.report, reports);
  if (!reports.every(({ passed }) => passed)) process.exitCode = 1;
}

async function rehearse(
  options: DrillCommandOptions,
  place: DrillPlace,
  signal: AbortSignal,
): Promise<DrillReport[]> {
  const reports: DrillReport[] = [];
  const say = options.json ? console.error : console.log;
  for (const name of options.scenario) {
    if (signal.aborted) break;
    const scenario = await scenarios[name]!();
    say(`\n${scenario.name}: ${scenario.title}`);
    const report = await runScenario(scenario, {
      place,
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
    reports.push(report);
  }
  return reports;
}

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
