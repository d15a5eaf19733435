/**
 * Commands of pages that are not run in a drill, by how their line begins: the AWS emulator fails at the first ones with 500, and
 * what deploys reaches HCP Terraform.
 */
const gaps = [
  "aws cloudtrail lookup-events",
  "aws cloudwatch get-metric-statistics",
  "aws elasticache describe-events",
  "aws elasticache test-failover",
  "npx cdktf deploy",
];

/** A block of commands without the lines that are not run, and those lines. */
export function withoutGaps(block: string): { commands: string; leftOut: string[] } {
  const lines = block.split("\n");
  const isGap = (line: string) => gaps.some((gap) => line.startsWith(gap));
  return {
    commands: lines.filter((line) => !isGap(line)).join("\n"),
    leftOut: lines.filter(isGap),
  };
}
