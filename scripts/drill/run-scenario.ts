import { Drill, type DrillOptions } from "./drill.ts";
import { createReport, type DrillReport, type Targets } from "./report.ts";
import { type Phase, Timeline } from "./timeline.ts";

/** A disaster that can be rehearsed. */
export interface Scenario {
  readonly name: string;
  /** What happens, for people. */
  readonly title: string;
  /** The runbook page that is followed, unless it leads to another one. */
  readonly runbook: string;
  /**
   * Whether it may be rehearsed in the staging that is deployed.
   * @default only in an environment of the drill's own
   */
  readonly supportsStaging?: boolean;
  /** What happens, what is done about it, and how it is looked at in the end. */
  run(drill: Drill): Promise<unknown>;
}

export interface RunOptions extends Omit<DrillOptions, "timeline"> {
  readonly targets: Targets;
  /** Hears of each phase as it ends. */
  readonly onPhase: (phase: Phase) => void;
  /** Tells to stop. What was built is then removed. */
  readonly signal: AbortSignal;
}

/** Rehearses a disaster, and tells what came of it, even if that is not its end. */
export async function runScenario(
  scenario: Scenario,
  { targets, onPhase, signal, ...options }: RunOptions,
): Promise<DrillReport> {
  const timeline = new Timeline(Date.now, onPhase);
  let drill: Drill | undefined;
  let failure: string | undefined;
  try {
    drill = await Drill.start({ ...options, timeline });
    signal.throwIfAborted();
    await Promise.race([aborted(signal), scenario.run(drill)]);
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
      found: drill?.results ?? { checks: [], lost: [] },
      confirmed: drill?.traffic.confirmed.length ?? 0,
      leftOut: drill?.skippedCommands ?? [],
      refused: drill?.traffic.failed ?? 0,
      ...(failure !== undefined && { failure }),
    },
    targets,
  );
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
