import { Drill, type DrillOptions } from "./drill.ts";
import { createReport, type DrillReport, type Targets } from "./report.ts";
import { type Phase, Timeline } from "./timeline.ts";

/** A disaster that a drill causes and recovers from. */
export interface Scenario {
  readonly name: string;
  /** The disaster, as a sentence without its full stop. */
  readonly title: string;
  /** Name of the runbook that the drill follows, unless `run` follows another first. */
  readonly runbook: string;
  /**
   * Whether the scenario may run in the deployed staging environment.
   * @default only in a local environment
   */
  readonly supportsStaging?: boolean;
  run(drill: Drill): Promise<unknown>;
}

export interface RunOptions extends Omit<DrillOptions, "timeline"> {
  readonly targets: Targets;
  /** Is called at the end of each phase. */
  readonly onPhase: (phase: Phase) => void;
  /** Stops the drill, which then removes what it created. */
  readonly signal: AbortSignal;
}

/** Runs a scenario. An error ends it and becomes the report's `failure`. */
export async function runScenario(
  scenario: Scenario,
  { targets, onPhase, signal, ...options }: RunOptions,
): Promise<DrillReport> {
  const timeline = new Timeline(Date.now, onPhase);
  let drill: Drill | undefined;
  let failure: string | null = null;
  try {
    drill = await Drill.start({ ...options, timeline });
    signal.throwIfAborted();
    await Promise.race([rejectOnAbort(signal), scenario.run(drill)]);
  } catch (error) {
    failure = (error as Error).message;
  }
  await drill?.end();
  return createReport(
    {
      scenario: { ...scenario, runbook: drill?.runbook ?? scenario.runbook },
      documents: options.documents,
      phases: timeline.phases,
      milestones: drill?.milestones ?? {},
      results: drill?.results ?? { checks: [], lost: [] },
      writes: {
        confirmed: drill?.traffic.confirmed.length ?? 0,
        failed: drill?.traffic.failed ?? 0,
      },
      skippedCommands: drill?.skippedCommands ?? [],
      failure,
    },
    targets,
  );
}

const rejectOnAbort = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
