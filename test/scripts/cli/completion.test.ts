import { execFileSync, spawnSync } from "node:child_process";
import { expect } from "chai";
import { Command, Option } from "commander";
import { formatCompletion } from "../../../scripts/cli/completion.ts";
import { scenarios } from "../../../scripts/drill/scenarios.ts";
import { createProgram } from "../../../scripts/ops.ts";
import { environmentNames } from "../../../stacks/environment-files.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { ops } from "../run-ops.ts";

const program = createProgram();
const namesOf = (command: Command): string[] => [...new Set([...command.commands.map((each) => each.name()), "help"])];
const find = (...path: string[]): Command =>
  path.reduce((command, name) => command.commands.find((each) => each.name() === name)!, program);
const optionsOf = (command: Command): string[] => [...command.options.map(({ long }) => long!), "--help"];
const choicesOf = (command: Command, option: string): string[] =>
  command.options.find(({ long }) => long === option)!.argChoices!;

/** What is proposed for the last word of a command line; nothing where the shell proposes files. */
const lines: Readonly<Record<string, readonly string[]>> = {
  "ops ": namesOf(program),
  "ops re": ["review", "release", "restore"],
  "ops --": optionsOf(program),
  "ops backup ": namesOf(find("backup")),
  "ops backup v": ["verify"],
  "ops help keys ": namesOf(find("keys")),
  "ops release ": ["verify", ...optionsOf(find("release"))],
  "ops release verify ": optionsOf(find("release", "verify")),
  "ops release --pre": ["--pre-traffic-archive"],
  "ops release --environment ": environmentNames,
  "ops release --environment=s": ["staging"],
  "ops release --environment=": environmentNames,
  "ops release --archive ": [],
  "ops release --environment staging --d": ["--dry-run"],
  "ops credentials revoke --role ": choicesOf(find("credentials", "revoke"), "--role"),
  "ops env ": environmentNames,
  "ops env p": ["production"],
  "ops completion ": ["bash", "zsh"],
  "ops drill --scenario ": ["all", ...Object.keys(scenarios)],
  "ops drill --scenario redis-l": ["redis-lost"],
  "ops drill --scenario database-lost,redis-": ["database-lost,redis-lost", "database-lost,redis-unreachable"],
  "ops drill --environment ": choicesOf(find("drill"), "--environment"),
  "ops review ": [],
  "ops nonsense --": optionsOf(program),
};

const canRun = (shell: string): boolean => spawnSync(shell, ["-c", ":"]).status === 0;

/** What a shell proposes for each line. @param ask defines a function that prints what is proposed for words, and a NUL */
function propose(shell: "bash" | "zsh", ask: string, toWords: (line: string) => string[]): Record<string, string[]> {
  const calls = Object.keys(lines).map(
    (line) =>
      `ask ${toWords(line)
        .map((word) => `'${word}'`)
        .join(" ")}`,
  );
  const script = [formatCompletion(program, shell), ask, ...calls].join("\n");
  const output = execFileSync(shell, [shell === "bash" ? "--norc" : "-f"], { input: script, encoding: "utf8" });
  const proposed = output.split("\0").map((text) => text.split("\n").filter((name) => name !== ""));
  return Object.fromEntries(Object.keys(lines).map((line, index) => [line, proposed[index]!]));
}

describe("ops completion", () => {
  const folder = useTemporaryFolder();

  it("prints the script of a shell", async () => {
    for (const shell of ["bash", "zsh"] as const) {
      const { code, stdout } = await ops(["completion", shell]);
      expect([code, stdout]).to.deep.equal([0, formatCompletion(program, shell)]);
    }
  });

  it("completes commands, options and choices in bash", () => {
    const ask = `ask() {
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
      _ops
      printf '%s\\n' "\${COMPREPLY[@]}"; printf '\\0'
    }`;
    // bash splits words at = too.
    expect(propose("bash", ask, (line) => line.split(/ |(?==)|(?<==)(?=.)/))).to.deep.equal(lines);
  });

  it("completes the same in zsh", function () {
    if (!canRun("zsh")) return this.skip();
    const ask = `ask() {
      emulate -L sh
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
      _ops
      printf '%s\\n' "\${COMPREPLY[@]}"; printf '\\0'
    }`;
    // zsh itself chooses the proposals with the word's beginning, and replaces the whole word.
    const expected = Object.entries(lines).map(([line, names]) => {
      const [option] = /[^ ]+=/.exec(line) ?? [""];
      return [line, names.map((name) => `${option}${name}`)];
    });
    const proposed = Object.entries(propose("zsh", ask, (line) => line.split(" "))).map(([line, names]) => {
      const word = line.split(" ").at(-1)!;
      return [line, names.filter((name) => name.startsWith(word))];
    });
    expect(Object.fromEntries(proposed)).to.deep.equal(Object.fromEntries(expected));
  });

  it("completes a line that is typed in bash", async () => {
    const typed = `source <(printf '%s' "$SCRIPT")\nops backup v\t--location /dev/null; exit\n`;
    const script = `${formatCompletion(program, "bash")}\nops() { echo "ran: $*"; }`;
    const { stdout } = spawnSync("bash", ["--norc", "-i"], {
      input: typed,
      encoding: "utf8",
      env: { ...process.env, SCRIPT: script, TERM: "dumb" },
    });
    expect(stdout).to.contain("ran: backup verify --location /dev/null");
  });

  it("completes a line that is typed in zsh", function () {
    if (!canRun("zsh")) return this.skip();
    const script = `${formatCompletion(program, "zsh")}\nops() { echo "ran: $*"; }`;
    const input = `
      zmodload zsh/zpty
      zpty shell zsh -f -i
      zpty -w shell 'source <(printf "%s" "$SCRIPT"); echo read''y'
      zpty -r shell output '*ready*'
      zpty -w -n shell $'ops backup v\\t--location /dev/null; exit\\n'
      zpty -r shell output '*ran: *null*'
      print -r -- $output`;
    const env = { ...process.env, SCRIPT: script, TERM: "dumb" };
    const { stdout } = spawnSync("zsh", ["-f"], { input, encoding: "utf8", env });
    expect(stdout).to.contain("ran: backup verify --location /dev/null");
  });

  it("runs ops of this repository from any folder", async () => {
    const script = `${formatCompletion(program, "bash")}\nops completion 'a b'`;
    const { stderr, status } = spawnSync("bash", ["--norc"], { input: script, encoding: "utf8", cwd: folder() });
    expect(stderr).to.contain("argument value 'a b' is invalid");
    expect(status).to.equal(1);
  });

  it("quotes names for the shell", () => {
    const other = new Command("ops");
    other.command("sub").addOption(new Option("--it's <x>").choices(["$(exit 1)"]));
    const script = `${formatCompletion(other, "bash", "/it's; exit 1")}\ndeclare -f ops`;
    expect(execFileSync("bash", ["--norc"], { input: script, encoding: "utf8" })).to.contain("'/it'\\''s; exit 1'");
  });
});
