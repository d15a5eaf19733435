/** Commands of pages that the AWS emulator cannot answer (it fails with 500), by how their line begins. */
const gaps = [
  "aws cloudtrail lookup-events",
  "aws cloudwatch get-metric-statistics",
  "aws elasticache describe-events",
  "aws elasticache test-failover",
];

/** A block of commands without the lines that the emulator cannot answer, and those lines. */
export function withoutGaps(block: string): { commands: string; leftOut: string[] } {
  const lines = block.split("\n");
  const isGap = (line: string) => gaps.some((gap) => line.startsWith(gap));
  return {
    commands: lines.filter((line) => !isGap(line)).join("\n"),
    leftOut: lines.filter(isGap),
  };
}
