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

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const toBranch = ([step, { exitCode = 0, output, untilInterrupted, providerLog = "" }]: [string, Behaviours[string]]) =>
  [
    `${quote(step)}) code=${exitCode} log=${quote(providerLog)}`,
    ...(output === undefined ? [] : [`output=${quote(output)}`]),
    ...(untilInterrupted ? ["waits=1"] : []),
    ";;\n",
  ].join(" ");

/** A Node.js program that prints its argument, and ends when it is interrupted. */
const wait = 'process.on("SIGINT", () => process.exit(1)); console.log(process.argv[1]); setInterval(() => {}, 1000);';

/**
 * Puts a program named `terraform` on a search path of its own: a shell script, since Node.js takes longer to start.
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
    `#!/bin/sh
if [ "$1" = version ]; then
  echo '{"terraform_version":"1.11.4"}'
  exit
fi
command=$1 code=0 log= output= waits=
[ "$command" = show ] && output='{"format_version":"1.2","planned_values":{}}'
case " $* " in *" -detailed-exitcode "*) command="plan again" ;; esac
step="\${PWD##*/} $command"
printf '%s\\n' "$step" >> ${quote(calls)}
case "$step" in
${Object.entries(behaviours).map(toBranch).join("")}esac
[ -n "$TF_LOG_PATH" ] && printf %s "$log" >> "$TF_LOG_PATH"
[ -n "$waits" ] && exec ${quote(process.execPath)} -e ${quote(wait)} "$output"
printf '%s\\n' "$output"
exit "$code"
`,
    { mode: 0o755 },
  );
  return { path: folder, calls: () => readFileSync(calls, "utf8").trim().split("\n") };
}
