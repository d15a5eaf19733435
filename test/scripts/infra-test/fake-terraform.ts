import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What a fake `terraform` does for a step of a stack, such as `fixture-first apply`, instead of succeeding. It shows empty plans. */
export type Behaviours = Record<
  string,
  {
    exitCode?: number;
    output?: string;
    untilInterrupted?: boolean;
    /** Whether it succeeds the second time. */
    once?: boolean;
    /** What the provider writes into its log. */
    providerLog?: string;
  }
>;

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const toBranch = ([step, { exitCode = 0, output, untilInterrupted, once, providerLog = "" }]: [
  string,
  Behaviours[string],
]) =>
  [
    `${quote(step)})${once ? ' mkdir "${0%/*}/$step" 2>&- &&' : ""} code=${exitCode} log=${quote(providerLog)}`,
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
 * @returns the search path, the commands so far, `<stack> <step>` each, and the account of each apply
 */
export function fakeTerraform(
  parent: string,
  behaviours: Behaviours,
): { path: string; calls: () => string[]; accounts: () => string[] } {
  const folder = mkdtempSync(join(parent, "fake-terraform-"));
  const [calls, accounts] = [join(folder, "calls"), join(folder, "accounts")] as const;
  for (const file of [calls, accounts]) writeFileSync(file, "");
  const read = (file: string) => readFileSync(file, "utf8").trim().split("\n");
  writeFileSync(
    join(folder, "terraform"),
    `#!/bin/sh
if [ "$1" = version ]; then
  echo '{"terraform_version":"1.11.4"}'
  exit
fi
PATH=/usr/bin:/bin command=$1 code=0 log= output= waits=
[ "$command" = show ] && output='{"format_version":"1.2","planned_values":{}}'
case " $* " in *" -detailed-exitcode "*) command="plan again" ;; esac
step="\${PWD##*/} $command"
printf '%s\\n' "$step" >> ${quote(calls)}
[ "$command" = apply ] && grep -Eo 'iam::[0-9]{12}' cdk.tf.json >> ${quote(accounts)}
case "$step" in
${Object.entries(behaviours).map(toBranch).join("")}esac
[ -n "$TF_LOG_PATH" ] && printf %s "$log" >> "$TF_LOG_PATH"
[ -n "$waits" ] && exec ${quote(process.execPath)} -e ${quote(wait)} "$output"
printf '%s\\n' "$output"
exit "$code"
`,
    { mode: 0o755 },
  );
  return { path: folder, calls: () => read(calls), accounts: () => read(accounts) };
}
