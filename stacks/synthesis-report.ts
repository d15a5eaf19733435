import { type App, TerraformStack } from "cdktf";

/** One line about the output of a synthesis, its time and its memory. */
export function synthesisReport(app: App): string {
  const stacks = app.node.findAll().filter((construct) => TerraformStack.isStack(construct));
  const seconds = (performance.now() / 1000).toFixed(1);
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  const names = stacks.map((stack) => stack.node.id).join(", ");
  return `${stacks.length} stacks in ${app.outdir}: ${names} (${seconds} s, ${megabytes} MB)`;
}
