import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Runbook } from "../../scripts/drill/runbook.ts";
import { formatExports, getShellVariables } from "../../scripts/shell-variables/shell-variables.ts";
import { production } from "../../stacks/environments/production.ts";
import { pathOf } from "../support/commands/shell.ts";
import { findKeptVariables } from "./kept-variables.ts";
import type { Sequence } from "./sequences.ts";

const { reservedConcurrency, provisionedConcurrency } = production.functions;
const { api, auth } = reservedConcurrency;
const { minimum } = provisionedConcurrency!;

/** What `ops env` exports before the first runbook, as runbooks/README.md says. */
const preamble = formatExports(getShellVariables("production"));

/**
 * Fakes of all programs of the runbooks. Another test checks names, options and values; these have the state that sequences depend on:
 * the concurrency of the functions, which is 0 at first if that is what an engineer sees, and the variables that a command of `ops`
 * reads. What replaces the content of a database is refused while the functions serve requests.
 */
const fakes = `
fail() { echo "$*" >&2; : >"$STATE/failed"; exit 1; }
check() {
  for word in "$@"; do case $word in ""|...) fail "$*: a value is empty, or a placeholder";; esac; done
}
open() { echo ${api} >"$STATE/api"; echo ${auth} >"$STATE/auth"; echo ${minimum} >"$STATE/provisioned"; }
close() { for name in api auth provisioned; do echo 0 >"$STATE/$name"; done; }
requireVariables() {
  for name in "$@"; do eval "value=\\\${$name:-}"; [ -n "$value" ] || fail "no runbook has set $name"; done
}
requireStop() { [ "$(cat "$STATE/api" "$STATE/auth" | tr -d '\\n')" = 00 ] || fail "$*: the functions serve requests"; }
aws() {
  check aws "$@"
  case "$*" in
  "lambda put-function-concurrency"*)
    name=\${4##*-}
    case $6 in *[!0-9]*) fail "$*: is no number";; esac
    echo "$6" >"$STATE/$name"; echo "$6";;
  "lambda get-function-concurrency"*) name=\${4##*-}; cat "$STATE/$name";;
  "lambda delete-provisioned-concurrency-config"*) echo 0 >"$STATE/provisioned";;
  *) echo value;;
  esac
}
npm() {
  check npm "$@"
  case "$*" in
  *"ops -- atlas "*) requireVariables MONGODB_ATLAS_CLIENT_ID MONGODB_ATLAS_CLIENT_SECRET;;
  *"ops -- restore "*|*"ops -- erasures "*) requireVariables MONGODB_URI;;
  *"ops -- backup list "*) ;;
  *"ops -- backup "*--location*) requireVariables MONGODB_URI;;
  *"ops -- migrate --environment"*) ;;
  *"ops -- migrate"*) requireVariables MONGODB_URI;;
  esac
  case "$*" in
  *--dry-run*) ;;
  *"ops -- traffic stop"*) close;;
  *"ops -- traffic resume"*|*"ops -- deploy --environment production service"|*"ops -- deploy --environment production") open;;
  *"ops -- restore"*--replace*|*"ops -- atlas restore"*--replace*) requireStop "$@";;
  esac
}
${["npx", "atlas", "mongoexport", "mongoimport", "mongosh", "terraform", "whois", "sleep"]
  .map((name) => `${name}() { check ${name} "$@"; }\n`)
  .join("")}
${["curl", "dig", "git"].map((name) => `${name}() { check ${name} "$@"; echo value; }\n`).join("")}
node() { check node "$@"; echo 1767225600; }
readConcurrency() { cat "$STATE/api" "$STATE/auth" "$STATE/provisioned" | tr '\\n' ' '; }
isOpen() { [ "$(readConcurrency)" = "${api} ${auth} ${minimum} " ]; }
`;

/**
 * The commands of a sequence as a script. A person answers each question. A variable that another runbook has set in this shell is not
 * asked for again: the script fails if that value is the answer to another question.
 */
export function toScript(sequence: Sequence): string {
  const origins = new Map<string, { readonly runbook: string; readonly question: string }>();
  const toBlock = (runbook: string, where: string, command: string): string => {
    const checks = findKeptVariables(command).map(({ name, question, isAsked }) => {
      const known = origins.get(name);
      if (known && known.question !== question && known.runbook !== runbook) {
        return `fail "${name} keeps the value that ${known.runbook} gave it"\n`;
      }
      origins.set(name, { runbook, question });
      return isAsked ? `${name}=\${${name}:-answer}\n` : "";
    });
    for (const [, name, value] of command.matchAll(/\b([A-Z_]+)=(\S*)/g)) {
      if (!origins.has(name!)) origins.set(name!, { runbook, question: value! });
    }
    return `AT=${quote(`${runbook}.md, ${where}`)}\n${checks.join("")}${command}\n`;
  };
  const toBlocks = ({ name, sections }: Runbook, heading: string, steps?: readonly number[]): string =>
    sections
      .filter((section) => section.heading === heading)
      .flatMap((section) => [
        ...(steps ? [] : section.commands.map((command) => toBlock(name, heading, command))),
        ...section.steps
          .filter(({ number }) => !steps || steps.includes(number))
          .flatMap(({ number, commands }) =>
            commands.map((command) => toBlock(name, `${heading}, step ${number}`, command)),
          ),
      ])
      .join("");
  const visits = sequence.map(
    ({ runbook, steps }) =>
      toBlocks(runbook, "First look") + toBlocks(runbook, "Decide") + toBlocks(runbook, "Steps", steps),
  );
  const undos = sequence.toReversed().map(({ runbook }) => `isOpen || {\n:\n${toBlocks(runbook, "Undo")}}\n`);
  return [
    preamble,
    fakes,
    sequence[0]!.condition.startsWith("every request of a function throttles") ? "close\n" : "open\n",
    "trap '[ $? = 0 ] || echo \"at $AT\" >&2' EXIT\n",
    ...visits,
    toBlocks(sequence.at(-1)!.runbook, "How to check"),
    ...undos,
    // A failure within a substitution does not end the shell.
    '[ ! -e "$STATE/failed" ] || exit 1\n',
    `isOpen || fail "the API stays at a concurrency of $(readConcurrency)"\n`,
  ].join("");
}

const quote = (words: string): string => `'${words.replaceAll("'", "'\\''")}'`;

/** Runs scripts of sequences in shells that find no other program than a few that change nothing. */
export class SequenceShell implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "ecobeat-sequences-"));
  #count = 0;

  constructor() {
    for (const program of ["cat", "cut", "date", "grep", "head", "sort", "tr"]) {
      symlinkSync(pathOf(program), join(this.#folder, program));
    }
  }

  /** @returns what is wrong; an empty string if nothing is */
  async run(sequence: Sequence): Promise<string> {
    const STATE = join(this.#folder, `${this.#count++}`);
    mkdirSync(STATE);
    const child = spawn("/bin/sh", ["-euc", toScript(sequence)], {
      cwd: STATE,
      env: { PATH: this.#folder, STATE },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
    const errors = await text(child.stderr!);
    return (await closed) === 0 ? "" : errors.trim() || "failed";
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}
