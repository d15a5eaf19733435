import { cpus, totalmem } from "node:os";
import type { Check, CheckResults } from "./checks.ts";
import type { Milestones, Phase } from "./timeline.ts";

/** What a recovery may take, and what it may lose, in seconds. */
export interface Targets {
  readonly rtoSeconds: number;
  readonly rpoSeconds: number;
}

/** A figure beside its target, in seconds. */
export interface Measurement {
  /** Null if it never came to it. */
  readonly seconds: number | null;
  readonly targetSeconds: number;
  readonly isMet: boolean;
}

/** What came of a drill. Times are UTC, in ISO 8601. */
export interface DrillReport {
  readonly scenario: string;
  readonly title: string;
  /** The runbook page that was followed. */
  readonly runbook: string;
  readonly startedAt: string;
  readonly machine: string;
  readonly documents: number;
  readonly disasterAt: string | null;
  readonly detectedAt: string | null;
  readonly recoveredAt: string | null;
  /** From the disaster to the end of the first check that found all well. */
  readonly rto: Measurement;
  /** From the oldest confirmed write that is gone to the disaster; 0 if none is. */
  readonly rpo: Measurement;
  /** How long the page expects people to take for the steps that were followed, beside what the machine took. */
  readonly expectedMinutes: number;
  readonly writes: {
    readonly confirmed: number;
    readonly refused: number;
    /** Confirmed before the disaster, and gone. */
    readonly lost: number;
    /** Confirmed after the disaster had happened, and gone. */
    readonly lostDuringOutage: number;
  };
  readonly phases: readonly (Omit<Phase, "startedAt"> & { readonly startedAt: string })[];
  readonly checks: readonly Check[];
  /** Commands of the page that are not run in a drill. */
  readonly leftOut: readonly string[];
  /** Why the drill did not come to its end, or null. */
  readonly failure: string | null;
  /** Whether it came to its end, all checks passed, and both targets are met. */
  readonly passed: boolean;
}

/** What a drill came to, from which the report is made. */
export interface DrillOutcome {
  readonly scenario: { readonly name: string; readonly title: string; readonly runbook: string };
  readonly documents: number;
  readonly phases: readonly Phase[];
  readonly milestones: Milestones;
  readonly found: CheckResults;
  readonly confirmed: number;
  readonly refused: number;
  readonly leftOut: readonly string[];
  readonly failure?: string;
}

export function createReport(outcome: DrillOutcome, targets: Targets): DrillReport {
  const { scenario, documents, phases, milestones, found, confirmed, refused, leftOut, failure } = outcome;
  const { disasterAt, detectedAt, recoveredAt } = milestones;
  const rto = measured(
    disasterAt !== undefined && recoveredAt !== undefined ? (recoveredAt - disasterAt) / 1_000 : null,
    targets.rtoSeconds,
  );
  const lost = found.lost.filter(({ at }) => at < (disasterAt ?? 0));
  const rpo = measured(
    found.checks.length === 0 ? null : lost[0] ? (disasterAt! - lost[0].at) / 1_000 : 0,
    targets.rpoSeconds,
  );
  return {
    scenario: scenario.name,
    title: scenario.title,
    runbook: scenario.runbook,
    startedAt: iso(phases[0]?.startedAt) ?? "",
    machine: machine(),
    documents,
    disasterAt: iso(disasterAt),
    detectedAt: iso(detectedAt),
    recoveredAt: iso(recoveredAt),
    rto,
    rpo,
    expectedMinutes: phases.reduce((sum, { expectedMinutes = 0 }) => sum + expectedMinutes, 0),
    writes: {
      confirmed,
      refused,
      lost: lost.length,
      lostDuringOutage: found.lost.length - lost.length,
    },
    phases: phases.map((phase) => ({ ...phase, startedAt: iso(phase.startedAt)! })),
    checks: found.checks,
    leftOut,
    failure: failure ?? null,
    passed: failure === undefined && found.checks.every(({ passed }) => passed) && rto.isMet && rpo.isMet,
  };
}

const measured = (seconds: number | null, targetSeconds: number): Measurement => ({
  seconds,
  targetSeconds,
  isMet: seconds !== null && seconds <= targetSeconds,
});

const iso = (time: number | undefined): string | null =>
  time === undefined ? null : new Date(time).toISOString();

/** What figures were measured on, for people. */
const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model.trim() ?? "processor"}, ${Math.round(totalmem() / 1e9)} GB, Node ${process.version}`;

/** A phase on a line. */
export function toPhaseLine({ name, seconds, expectedMinutes }: Phase): string {
  const expected = expectedMinutes === undefined ? "" : `  (the page says ${expectedMinutes} min)`;
  return `  ${seconds.toFixed(1).padStart(7)} s  ${name}${expected}`;
}

/** What came of a drill, on a few lines. */
export function toSummaryLines(report: DrillReport): string[] {
  const { writes } = report;
  return [
    ...report.checks.map(
      ({ name, passed, detail }) => `  ${passed ? "ok    " : "FAILED"}  ${name}: ${detail}`,
    ),
    ...report.leftOut.map((command) => `  not run here: ${command}`),
    ...(report.failure === null ? [] : [`  FAILED  ${report.failure}`]),
    `  RTO ${formatMeasurement(report.rto)} (people: ${report.expectedMinutes} min by the page), RPO ${formatMeasurement(report.rpo)}`,
    `  ${writes.confirmed} writes confirmed, ${writes.refused} refused; of the confirmed ones ${writes.lost} of before the ` +
      `disaster and ${writes.lostDuringOutage} of after it are gone`,
    `  ${report.scenario} ${report.passed ? "passed" : "FAILED"}`,
  ];
}

/** A figure with its target, such as `12.3 s of 15 min`. */
export const formatMeasurement = ({ seconds, targetSeconds, isMet }: Measurement): string =>
  `${seconds === null ? "not measured" : `${seconds.toFixed(1)} s`} of ${formatDuration(targetSeconds)}${isMet ? "" : ", MISSED"}`;

/** Such as `4 h`, `15 min` or `0.001 s`. */
export function formatDuration(seconds: number): string {
  if (seconds >= 3_600 && seconds % 3_600 === 0) return `${seconds / 3_600} h`;
  if (seconds >= 60 && seconds % 60 === 0) return `${seconds / 60} min`;
  return `${seconds} s`;
}
