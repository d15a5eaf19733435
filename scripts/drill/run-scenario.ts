import type { AlarmRoute } from "./alarm-route.ts";
import { Drill, type DrillOptions } from "./drill.ts";
import { createReport, type DrillReport, type Targets } from "./report.ts";

/** A disaster that a drill causes and recovers from. */
export interface Scenario extends AlarmRoute {
  readonly name: string;
  /** The disaster, as a sentence without its full stop. */
  readonly title: string;
  /** Name of the runbook that the drill follows, unless `run` follows another first. */
  readonly runbook: string;
  /**
   * Whether the scenario may run in a deployed environment.
   * @default only in a local environment
   */
  readonly supportsDeployed?: boolean;
  run(drill: Drill): Promise<unknown>;
}

export interface RunOptions extends DrillOptions {
  readonly targets: Targets;
}

/** Runs a scenario. An error ends it and becomes the report's `failure`. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<DrillReport> {
  const { targets, signal, documents } = options;
  const drill = new Drill(options, scenario);
  let failure: string | null = null;
  try {
    await drill.start();
    signal.throwIfAborted();
    await Promise.race([rejectOnAbort(signal), scenario.run(drill)]);
  } catch (error) {
    failure = (error as Error).message;
  }
  await drill.end();
  const { timeline, milestones, results, traffic, skippedCommands, runbook = scenario.runbook } = drill;
  return createReport(
    {
      scenario: { ...scenario, runbook },
      documents,
      phases: timeline.phases,
      milestones,
      results,
      writes: { confirmed: traffic.confirmed.length, failed: traffic.failed },
      skippedCommands,
      failure,
    },
    targets,
  );
}

const rejectOnAbort = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
