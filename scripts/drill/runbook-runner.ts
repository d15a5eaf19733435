import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { appendFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { namePrefix } from "../../service/company.ts";
import { repositoryRoot } from "../build/archive.ts";
import { OperatorError } from "../cli/errors.ts";
import { formatExports } from "../shell-variables/shell-variables.ts";
import { getSection, readRunbook } from "./runbook.ts";
import type { Timeline } from "./timeline.ts";

/**
 * Beginnings of the lines that a drill does not run: the AWS emulator fails on the first four with 500, deployments need HCP
 * Terraform, the emulator's functions run no code and have no archives, and it has no domain and no queues from which mails are sent.
 */
export const unsupportedCommands = [
  "aws cloudtrail lookup-events",
  "aws cloudwatch get-metric-statistics",
  "aws elasticache describe-events",
  "aws elasticache test-failover",
  "npm run -s ops -- migrate --environment",
  "npm run -s ops -- release verify",
  "npm run -s ops -- deploy",
  "aws sesv2",
  "for NAME in mails mails-failed; do aws sqs",
];

/** Asks for the cluster's name. No terminal is there to answer, so the drill adds `--yes`. */
const promptingCommand = /^npm run .* atlas restore (?!.*--dry-run).*$/;

/** Follows runbooks as a person does: runs their commands unchanged in one shell, where an export remains for later commands. */
export class RunbookRunner {
  /** Commands that were not run. */
  readonly skippedCommands: string[] = [];
  /** Runbooks whose first look was taken. */
  readonly #seen = new Set<string>();
  readonly #timeline: Timeline;
  readonly #variables: NodeJS.ProcessEnv;
  /** A script that restores the exports of the previous command. */
  readonly #exported = join(mkdtempSync(join(tmpdir(), `${namePrefix}-drill-shell-`)), "exported");

  /** @param variables the initial environment of the shell */
  constructor(timeline: Timeline, variables: NodeJS.ProcessEnv) {
    this.#timeline = timeline;
    this.#variables = variables;
  }

  /**
   * Runs "First look" and "Decide", the first time, then the steps that the decision leads to, each as a phase.
   * @param exported what the person decides, as the runbook asks
   * @param steps numbers of the steps. @default all
   * @throws {OperatorError} if a command fails
   */
  async followRunbook(name: string, exported: Record<string, string> = {}, steps?: readonly number[]): Promise<void> {
    const runbook = readRunbook(name);
    await this.#export(exported);
    for (const heading of this.#seen.has(name) ? [] : ["First look", "Decide"]) {
      const { minutes, steps: numbered, ...own } = getSection(runbook, heading);
      const commands = [...own.commands, ...numbered.flatMap((step) => step.commands)];
      if (commands.length === 0 && minutes === 0) continue;
      await this.#measure(name, heading.toLowerCase(), commands, minutes || undefined);
    }
    this.#seen.add(name);
    for (const { number, minutes, commands } of getSection(runbook, "Steps").steps) {
      if (!steps || steps.includes(number)) await this.#measure(name, `step ${number}`, commands, minutes);
    }
  }

  close(): Promise<void> {
    return rm(dirname(this.#exported), { recursive: true });
  }

  async #measure(name: string, part: string, commands: readonly string[], minutes?: number): Promise<void> {
    const work = async () => {
      for (const command of commands) await this.#runBlock(`runbooks/${name}.md, ${part}`, command);
    };
    await this.#timeline.measure(`${name}: ${part}`, "step", work, minutes);
  }

  async #runBlock(where: string, block: string): Promise<void> {
    const isSkipped = (line: string) => unsupportedCommands.some((command) => line.startsWith(command));
    const lines = block.split("\n");
    this.skippedCommands.push(...lines.filter(isSkipped));
    const runnable = lines.filter((line) => !isSkipped(line));
    const { code, output } = await this.#run(
      runnable.map((line) => line.replace(promptingCommand, "$& --yes")).join("\n"),
    );
    if (code === 0) return;
    throw new OperatorError("runbook-command-failed", {
      what: `${where}: a command failed.`,
      why: `Exit status ${code}:\n${block}\n${output.trim()}\n`,
      action: "Correct the runbook, or the command that it runs.",
    });
  }

  #export(values: Record<string, string>): Promise<void> {
    return appendFile(this.#exported, formatExports(values));
  }

  #run(command: string): Promise<{ code: number | null; output: string }> {
    const child = spawn("sh", ["-ec", `. ${this.#exported}\n${command}\nexport -p > ${this.#exported}`], {
      cwd: repositoryRoot,
      env: this.#variables,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk;
      });
    }
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve({ code, output }));
    });
  }
}
