import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What a fake `terraform` does for a step of a stack, such as `fixture-first apply`, instead of succeeding. It shows empty plans. */
export type Behaviours = Record<
  string,
  {
    exitCode?: number;
    output?: string;
    untilInterrupted?: boolean;
    /** What the provider writes into its log. */
    providerLog?: string;
  }
>;

/**
 * Puts a program named `terraform` on a search path of its own.
 *
 * @param parent a folder that the test removes
 * @returns the search path, and the commands so far: `<stack> <step>` each
 */
export function fakeTerraform(parent: string, behaviours: Behaviours): { path: string; calls: () => string[] } {
  const folder = mkdtempSync(join(parent, "fake-terraform-"));
  const calls = join(folder, "calls");
  writeFileSync(calls, "");
  writeFileSync(
    join(folder, "terraform"),
    `#!${process.execPath}
const { appendFileSync } = require("node:fs");
const { basename } = require("node:path");
const [command, ...rest] = process.argv.slice(2);
if (command === "version") {
  console.log('{"terraform_version":"1.11.4"}');
} else {
  const step = basename(process.cwd()) + " " + (rest.includes("-detailed-exitcode") ? "plan again" : command);
  appendFileSync(${JSON.stringify(calls)}, step + "\\n");
  const plan = command === "show" ? '{"format_version":"1.2","planned_values":{}}' : "";
  const { exitCode = 0, output = plan, untilInterrupted, providerLog = "" } = ${JSON.stringify(behaviours)}[step] ?? {};
  if (process.env.TF_LOG_PATH) appendFileSync(process.env.TF_LOG_PATH, providerLog);
  console.log(output);
  if (untilInterrupted) {
    setInterval(() => {}, 1000);
    process.on("SIGINT", () => process.exit(1));
  } else process.exit(exitCode);
}
`,
    { mode: 0o755 },
  );
  return { path: folder, calls: () => readFileSync(calls, "utf8").trim().split("\n") };
}
