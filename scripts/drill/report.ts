import { cpus, totalmem } from "node:os";
import type { Check, CheckResults } from "./checks.ts";
import type { Milestones, Phase } from "./timeline.ts";

/** Recovery time objective and recovery point objective. */
export interface Targets {
  readonly rtoSeconds: number;
  readonly rpoSeconds: number;
}

export interface Measurement {
  /** Null if the drill did not get far enough to measure it. */
  readonly seconds: number | null;
  readonly targetSeconds: number;
  readonly isMet: boolean;
}

/** The result of a drill. Times are UTC, in ISO 8601. */
export interface DrillReport {
  readonly scenario: string;
  readonly title: string;
  /** Name of the runbook that was followed. */
  readonly runbook: string;
  readonly startedAt: string;
  readonly machine: string;
  readonly documents: number;
  readonly disasterAt: string | null;
  readonly detectedAt: string | null;
  readonly recoveredAt: string | null;
  /** From the disaster to the end of the checks, if all passed. */
  readonly rto: Measurement;
  /** From the oldest lost confirmed write to the disaster; 0 if none is lost. */
  readonly rpo: Measurement;
  /** How long people take for the first look, the steps and the checks, according to the runbooks, in addition to the machine's time. */
  readonly expectedMinutes: number;
  /** The RTO with people: the machine's time and theirs. */
  readonly people: Measurement;
  readonly writes: {
    readonly confirmed: number;
    readonly failed: number;
    /** Confirmed before the disaster, and lost. */
    readonly lost: number;
    /** Confirmed after the disaster, and lost. */
    readonly lostDuringOutage: number;
  };
  readonly phases: readonly (Omit<Phase, "startedAt"> & { readonly startedAt: string })[];
  readonly checks: readonly Check[];
  /** Commands of the runbook that a drill does not run. */
  readonly skippedCommands: readonly string[];
  /** The error that ended the drill, or null. */
  readonly failure: string | null;
  /** Whether the drill ran to its end, all checks passed, and both targets are met. */
  readonly passed: boolean;
}

/** The raw data of a report. */
export interface DrillOutcome {
  readonly scenario: { readonly name: string; readonly title: string; readonly runbook: string };
  readonly documents: number;
  readonly phases: readonly Phase[];
  readonly milestones: Milestones;
  readonly results: CheckResults;
  readonly writes: { readonly confirmed: number; readonly failed: number };
  readonly skippedCommands: readonly string[];
  readonly failure: string | null;
}

export function createReport(outcome: DrillOutcome, targets: Targets): DrillReport {
  const { scenario, documents, phases, milestones, results, writes, skippedCommands, failure } = outcome;
  const { disasterAt = Number.NaN, detectedAt, recoveredAt = Number.NaN } = milestones;
  const lost = results.lost.filter(({ at }) => at < disasterAt);
  const rto = toMeasurement((recoveredAt - disasterAt) / 1_000, targets.rtoSeconds);
  const rpo = toMeasurement(
    results.checks.length === 0 ? Number.NaN : (disasterAt - (lost[0]?.at ?? disasterAt)) / 1_000,
    targets.rpoSeconds,
  );
  const expectedMinutes = phases.reduce((sum, phase) => sum + (phase.expectedMinutes ?? 0), 0);
  return {
    scenario: scenario.name,
    title: scenario.title,
    runbook: scenario.runbook,
    startedAt: toIso(phases[0]?.startedAt) ?? "",
    machine: describeMachine(),
    documents,
    disasterAt: toIso(disasterAt),
    detectedAt: toIso(detectedAt),
    recoveredAt: toIso(recoveredAt),
    rto,
    rpo,
    expectedMinutes,
    people: toMeasurement((recoveredAt - disasterAt) / 1_000 + expectedMinutes * 60, targets.rtoSeconds),
    writes: { ...writes, lost: lost.length, lostDuringOutage: results.lost.length - lost.length },
    phases: phases.map((phase) => ({ ...phase, startedAt: toIso(phase.startedAt)! })),
    checks: results.checks,
    skippedCommands,
    failure,
    passed: failure === null && results.checks.every(({ passed }) => passed) && rto.isMet && rpo.isMet,
  };
}

const toMeasurement = (seconds: number, targetSeconds: number): Measurement => ({
  seconds: Number.isNaN(seconds) ? null : seconds,
  targetSeconds,
  isMet: seconds <= targetSeconds,
});

const toIso = (time = Number.NaN): string | null => (Number.isNaN(time) ? null : new Date(time).toISOString());

const describeMachine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model.trim() ?? "processor"}, ${Math.round(totalmem() / 1e9)} GB, Node ${process.version}`;

export function toPhaseLine({ name, seconds, expectedMinutes }: Phase): string {
  const expected = expectedMinutes === undefined ? "" : `  (runbook: ${expectedMinutes} min)`;
  return `  ${seconds.toFixed(1).padStart(7)} s  ${name}${expected}`;
}

/** A report as lines of text. */
export function toSummaryLines({ checks, skippedCommands, failure, writes, ...report }: DrillReport): string[] {
  return [
    ...checks.map(({ name, passed, detail }) => `  ${passed ? "ok    " : "FAILED"}  ${name}: ${detail}`),
    ...skippedCommands.map((command) => `  skipped: ${command}`),
    ...(failure === null ? [] : [`  FAILED  ${failure}`]),
    `  RTO ${formatMeasurement(report.rto)}, RPO ${formatMeasurement(report.rpo)}`,
    `  with people${report.expectedMinutes === 0 ? "" : ` (${report.expectedMinutes} min according to the runbooks)`}: ${describePeople(report)}`,
    `  ${writes.confirmed} writes confirmed, ${writes.failed} failed; confirmed and lost: ${writes.lost} from before the ` +
      `disaster, ${writes.lostDuringOutage} from after it`,
    `  ${report.scenario} ${report.passed ? "passed" : "FAILED"}`,
  ];
}

/** What a reader has to know first: a machine that meets the target says nothing of the people who follow the runbook. */
export type Verdict = "met" | "people-too-slow" | "failed";

/** Whether the drill passed, and whether people would meet the RTO too. */
export function getVerdict({ passed, people }: Pick<DrillReport, "passed" | "people">): Verdict {
  if (!passed) return "failed";
  return people.isMet ? "met" : "people-too-slow";
}

/** The RTO with people, such as `17.7 min of 15 min, people would not make it`. */
export function describePeople({ people: { seconds, targetSeconds, isMet } }: Pick<DrillReport, "people">): string {
  if (seconds === null) return "not measured";
  return `${(seconds / 60).toFixed(1)} min of ${formatDuration(targetSeconds)}${isMet ? "" : ", people would not make it"}`;
}

/** A measurement with its target, such as `12.3 s of 15 min`. */
const formatMeasurement = ({ seconds, targetSeconds, isMet }: Measurement): string =>
  `${seconds === null ? "not measured" : `${seconds.toFixed(1)} s`} of ${formatDuration(targetSeconds)}${isMet ? "" : ", MISSED"}`;

/** Such as `4 h`, `15 min` or `0.001 s`. */
export function formatDuration(seconds: number): string {
  if (seconds >= 3_600 && seconds % 3_600 === 0) return `${seconds / 3_600} h`;
  if (seconds >= 60 && seconds % 60 === 0) return `${seconds / 60} min`;
  return `${seconds} s`;
}
