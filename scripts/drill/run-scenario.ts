import { Drill, type DrillOptions } from "./drill.ts";
import { type DrillReport, reportOf, type Targets } from "./report.ts";
import type { Scenario } from "./scenario.ts";
import { type Phase, Timeline } from "./timeline.ts";

export interface RunOptions extends Omit<DrillOptions, "timeline"> {
  readonly targets: Targets;
  /** Hears of each phase as it ends. */
  readonly tell: (phase: Phase) => void;
  /** Tells to stop. What was built is then removed. */
  readonly signal: AbortSignal;
}

/** Rehearses a disaster, and tells what came of it, even if that is not its end. */
export async function runScenario(
  scenario: Scenario,
  { targets, tell, signal, ...options }: RunOptions,
): Promise<DrillReport> {
  const timeline = new Timeline(Date.now, tell);
  let drill: Drill | undefined;
  let failure: string | undefined;
  try {
    drill = await Drill.begin({ ...options, timeline });
    signal.throwIfAborted();
    await Promise.race([aborted(signal), scenario.run(drill)]);
  } catch (error) {
    failure = (error as Error).message;
  }
  await drill?.end();
  return reportOf(
    {
      scenario: { ...scenario, page: drill?.page ?? scenario.page },
      documents: options.documents,
      phases: timeline.phases,
      moments: drill?.moments ?? {},
      found: drill?.found ?? { checks: [], lost: [] },
      confirmed: drill?.traffic.accepted.length ?? 0,
      leftOut: drill?.leftOut ?? [],
      refused: drill?.traffic.refused ?? 0,
      ...(failure !== undefined && { failure }),
    },
    targets,
  );
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
