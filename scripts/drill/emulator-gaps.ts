/**
 * Commands of pages that are not run in a drill, by how their line begins: the AWS emulator fails at the first ones with 500, what
 * deploys reaches HCP Terraform, and the emulator's functions run no code.
 */
const gaps = [
  "aws cloudtrail lookup-events",
  "aws cloudwatch get-metric-statistics",
  "aws elasticache describe-events",
  "aws elasticache test-failover",
  "npm run ops -- migrate --environment",
  "npx cdktf deploy",
];

/** Asks a person for the cluster's name; nobody is there, and so it gets what it takes from scripts. */
const asking = /^npm run .* atlas restore (?!.*--dry-run).*$/;

/** A block of commands without the lines that are not run, and those lines. */
export function withoutGaps(block: string): { commands: string; leftOut: string[] } {
  const lines = block.split("\n");
  const isGap = (line: string) => gaps.some((gap) => line.startsWith(gap));
  return {
    commands: lines
      .filter((line) => !isGap(line))
      .map((line) => line.replace(asking, "$& --yes"))
      .join("\n"),
    leftOut: lines.filter(isGap),
  };
}
