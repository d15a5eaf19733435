import type { Clock } from "../../service/platform/clock.ts";

/** When what happened, in milliseconds since the epoch; undefined for what did not. */
export interface Milestones {
  disasterAt?: number;
  detectedAt?: number;
  recoveredAt?: number;
}

/** What a phase is, for those who look at a drill: only what comes after the disaster counts as an outage. */
export type PhaseKind = "preparation" | "outage" | "step" | "check";

/** A part of a drill. */
export interface Phase {
  readonly name: string;
  readonly kind: PhaseKind;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly seconds: number;
  /** How long the page expects a person to take. */
  readonly expectedMinutes?: number;
}

/** The phases of a drill, one after the other, each as long as it was measured. */
export class Timeline {
  readonly phases: Phase[] = [];
  readonly #clock: Clock;
  readonly #onPhase: (phase: Phase) => void;

  /** @param onPhase hears of each phase as it ends */
  constructor(clock: Clock, onPhase: (phase: Phase) => void) {
    this.#clock = clock;
    this.#onPhase = onPhase;
  }

  /** Does the work of a phase, and notes how long it took, whether it ended well or not. */
  async measure<T>(
    name: string,
    kind: PhaseKind,
    work: () => Promise<T>,
    expectedMinutes?: number,
  ): Promise<T> {
    const startedAt = this.#clock();
    try {
      return await work();
    } finally {
      const phase = {
        name,
        kind,
        startedAt,
        seconds: (this.#clock() - startedAt) / 1_000,
        ...(expectedMinutes !== undefined && { expectedMinutes }),
      };
      this.phases.push(phase);
      this.#onPhase(phase);
    }
  }
}
