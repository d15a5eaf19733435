import type { Drill } from "./drill.ts";

/** A disaster that can be rehearsed. */
export interface Scenario {
  readonly name: string;
  /** What happens, for people. */
  readonly title: string;
  /** The runbook page that is followed, unless it leads to another one. */
  readonly page: string;
  /**
   * Whether it may be rehearsed in the staging that is deployed.
   * @default only in an environment of the drill's own
   */
  readonly inStaging?: boolean;
  /** What happens, what is done about it, and how it is looked at in the end. */
  run(drill: Drill): Promise<unknown>;
}
