import { Drill, type DrillOptions } from "./drill.ts";
import { type DrillReport, reportOf, type Targets } from "./report.ts";
import type { Scenario } from "./scenario.ts";
import { type Phase, Timeline } from "./timeline.ts";

export interface RunOptions extends Omit<DrillOptions, "timeline"> {
  readonly targets: Targets;
  /** Hears of each phase as it ends. */
  readonly tell: (phase: Phase) => void;
}

/** Rehearses a disaster, and tells what came of it, even if that is not its end. */
export async function runScenario(
  scenario: Scenario,
  { targets, tell, ...options }: RunOptions,
): Promise<DrillReport> {
  const timeline = new Timeline(Date.now, tell);
  let drill: Drill | undefined;
  let failure: string | undefined;
  try {
    drill = await Drill.begin({ ...options, timeline });
    await scenario.run(drill);
  } catch (error) {
    failure = (error as Error).message;
  }
  await drill?.end();
  return reportOf(
    {
      scenario,
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
