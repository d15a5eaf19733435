import type { DrillReport, Measured } from "./report.ts";
import type { Phase } from "./timeline.ts";

/** A phase on a line. */
export function phaseLine({ name, seconds, expectedMinutes }: Phase): string {
  const expected = expectedMinutes === undefined ? "" : `  (the page says ${expectedMinutes} min)`;
  return `  ${seconds.toFixed(1).padStart(7)} s  ${name}${expected}`;
}

/** What came of a drill, on a few lines. */
export function summaryLines(report: DrillReport): string[] {
  const { writes } = report;
  return [
    ...report.checks.map(
      ({ name, passed, detail }) => `  ${passed ? "ok    " : "FAILED"}  ${name}: ${detail}`,
    ),
    ...report.leftOut.map((command) => `  not run here: ${command}`),
    ...(report.failure === null ? [] : [`  FAILED  ${report.failure}`]),
    `  RTO ${figure(report.rto)} (people: ${report.expectedMinutes} min by the page), RPO ${figure(report.rpo)}`,
    `  ${writes.confirmed} writes confirmed, ${writes.refused} refused; of the confirmed ones ${writes.lost} of before the ` +
      `disaster and ${writes.lostOfTheOutage} of after it are gone`,
    `  ${report.scenario} ${report.passed ? "passed" : "FAILED"}`,
  ];
}

/** A figure with its target, such as `12.3 s of 15 min`. */
export const figure = ({ seconds, targetSeconds, met }: Measured): string =>
  `${seconds === null ? "not measured" : `${seconds.toFixed(1)} s`} of ${duration(targetSeconds)}${met ? "" : ", MISSED"}`;

/** Such as `4 h`, `15 min` or `0.001 s`. */
export function duration(seconds: number): string {
  if (seconds >= 3_600 && seconds % 3_600 === 0) return `${seconds / 3_600} h`;
  if (seconds >= 60 && seconds % 60 === 0) return `${seconds / 60} min`;
  return `${seconds} s`;
}
