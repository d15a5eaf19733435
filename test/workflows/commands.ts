import { existsSync } from "node:fs";
import type { Command } from "commander";
import { createProgram } from "../../scripts/ops.ts";
import { isLeaf } from "../support/commands/ops.ts";
import type { Step } from "./workflow.ts";

/** Whether a shell step keeps one comment on a pull request up to date. */
export const isPullRequestComment = (run: string): boolean =>
  /^gh pr comment "\$PR" --edit-last --create-if-none --body-file [\w.]+$/.test(run);

/** Installs the version of the AWS CLI that the tests want. */
const installAwsCli = "pip install --no-deps --requirement .ci/requirements.txt";

/** Problems in a shell step of a workflow: it must be one command that this repository tests. */
export function checkCommand(run: string, scripts: Readonly<Record<string, string>>): string[] {
  if (run.includes("${{")) return [`${run}: an expression within a shell step`];
  if (run.trim().includes("\n")) return [`${run}: more than one line`];
  const words = run.replace(/ >> "\$GITHUB_STEP_SUMMARY"$/, "").split(" ");
  const isSilent = words[2] === "--silent";
  if (isSilent) words.splice(2, 1);
  if (/[;&|<>`]|\$\(/.test(words.join(" "))) return [`${run}: more than one command`];
  const start = words.slice(0, 2).join(" ");
  if (start === "npm run") return checkScript(run, words.slice(2), scripts);
  if (start === "node --import") return checkWorkflowScript(run, words.slice(2));
  if (isPullRequestComment(run) || run === ".ci/run --require" || run === installAwsCli) return [];
  return /^npm (ci|test|audit)$/.test(start) ? [] : [`${run}: not a script of this repository`];
}

/** Actions that install no packages. */
const actionsWithoutPackages = [
  "actions/checkout",
  "actions/setup-node",
  "aws-actions/configure-aws-credentials",
  "hashicorp/setup-terraform",
];

/** Problems in a step of a job that gets a token of GitHub's OIDC: no code of a package may run while it is installed. */
export function checkInstallation({ run = "", uses }: Step, scripts: Readonly<Record<string, string>>): string[] {
  if (uses) return actionsWithoutPackages.includes(uses.split("@")[0]!) ? [] : [`${uses} may install packages`];
  if (run === "npm ci --ignore-scripts") return [];
  const [, script = ""] = /^npm (?:run (?:--silent )?)?([\w:-]+)/.exec(run) ?? [];
  const commands = [run, ...["pre", "", "post"].map((prefix) => scripts[prefix + script] ?? "")];
  return commands.some((command) => installer.test(command)) ? [`${run} installs packages`] : [];
}

const installer =
  /\b(npx|pip3?|pipx|uvx?|yarn|pnpm|corepack|apt|apt-get|brew|gem|cargo)\b|\bnpm (i|ci|install|clean-install|exec|x|rebuild|update)\b|\.ci\/run/;

function checkScript(
  run: string,
  [script = "", separator, ...words]: readonly string[],
  scripts: Readonly<Record<string, string>>,
): string[] {
  if (!scripts[script]) return [`${run}: there is no such script`];
  if (script !== "ops") return [];
  return separator === "--" ? checkOpsCommand(run, words) : [`${run}: npm would take the options`];
}

function checkOpsCommand(run: string, words: readonly string[]): string[] {
  const rest = [...words];
  let command: Command = createProgram();
  while (command.commands.length > 0) {
    const next = command.commands.find((one) => one.name() === rest[0]);
    if (!next && isLeaf(command)) break;
    if (!next) return [`${run}: ops has no command ${rest[0]}`];
    command = next as Command;
    rest.shift();
  }
  if (command.name() === "deploy" && !isWholeDeployment(rest))
    return [`${run}: not an approved deployment of all stacks`];
  const known = new Map(command.options.map((option) => [option.long, option]));
  return rest.flatMap((word, index) => {
    if (!word.startsWith("--")) return [];
    const option = known.get(word);
    if (!option) return [`${run}: ${command.name()} has no option ${word}`];
    const value = rest[index + 1] ?? "";
    return option.argChoices && !option.argChoices.includes(value) ? [`${run}: ${word} cannot be ${value}`] : [];
  });
}

/** A deployment without a name is one of all stacks; without a terminal, it needs an approval. */
const isWholeDeployment = (words: readonly string[]): boolean =>
  words.length === 3 && words.includes("--environment") && words.includes("--yes");

function checkWorkflowScript(run: string, [loader, script = ""]: readonly string[]): string[] {
  return loader === "tsx" && /^scripts\/ci\/[\w-]+\.ts$/.test(script) && existsSync(script)
    ? []
    : [`${run}: not a script of this repository`];
}
