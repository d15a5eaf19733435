import type { Clock } from "../../service/platform/clock.ts";
import { type Progress, silentProgress } from "../cli/progress.ts";

/** In milliseconds since the epoch; undefined if the drill did not reach the milestone. */
export interface Milestones {
  disasterAt?: number;
  detectedAt?: number;
  recoveredAt?: number;
}

export type PhaseKind = "preparation" | "outage" | "step" | "check";

/** A measured part of a drill. */
export interface Phase {
  readonly name: string;
  readonly kind: PhaseKind;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly seconds: number;
  /** How long a person takes, according to the runbook. */
  readonly expectedMinutes?: number;
}

/** The phases of a drill, one after the other. */
export class Timeline {
  readonly phases: Phase[] = [];
  readonly #clock: Clock;
  readonly #progress: Progress;
  readonly #onPhase: (phase: Phase) => void;

  /** @param onPhase is called at the end of each phase */
  constructor(clock: Clock, onPhase: (phase: Phase) => void, progress = silentProgress) {
    this.#progress = progress;
    this.#clock = clock;
    this.#onPhase = onPhase;
  }

  /** Does the work of a phase and records how long it took, also if it failed. */
  async measure<T>(name: string, kind: PhaseKind, work: () => Promise<T>, expectedMinutes?: number): Promise<T> {
    const startedAt = this.#clock();
    this.#progress.begin(name);
    try {
      return await work();
    } finally {
      const seconds = (this.#clock() - startedAt) / 1_000;
      const phase = { name, kind, startedAt, seconds, ...(expectedMinutes !== undefined && { expectedMinutes }) };
      this.phases.push(phase);
      this.#onPhase(phase);
    }
  }
}
