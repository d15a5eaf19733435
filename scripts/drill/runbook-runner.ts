import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline/promises";
import { ConfigurationError } from "../../service/config.ts";
import { type Runbook, readRunbook } from "./runbook.ts";
import type { Timeline } from "./timeline.ts";

/**
 * Commands of pages that are not run in a drill, by how their line begins: the AWS emulator fails at the first ones with 500, what
 * deploys reaches HCP Terraform, and the emulator's functions run no code.
 */
const unsupportedCommands = [
  "aws cloudtrail lookup-events",
  "aws cloudwatch get-metric-statistics",
  "aws elasticache describe-events",
  "aws elasticache test-failover",
  "npm run ops -- migrate --environment",
  "npx cdktf deploy",
];

/** Asks a person for the cluster's name; nobody is there, and so it gets what it takes from scripts. */
const promptingCommand = /^npm run .* atlas restore (?!.*--dry-run).*$/;

/** Where commands are run, as pages expect it. */
export const repository = join(import.meta.dirname, "..", "..");

/**
 * Follows pages as a person does: their commands, as they stand there, in one shell. What a command exports the next ones
 * know.
 */
export class RunbookRunner {
  /** Commands that are not run in a drill. */
  readonly skippedCommands: string[] = [];
  /** Pages that were begun. */
  readonly #seen = new Set<string>();
  readonly #timeline: Timeline;
  readonly #variables: NodeJS.ProcessEnv;
  /** A script that makes a shell as the one before was. */
  readonly #exported: string;

  private constructor(timeline: Timeline, variables: NodeJS.ProcessEnv, exported: string) {
    this.#timeline = timeline;
    this.#variables = variables;
    this.#exported = exported;
  }

  /** @param variables what the shell begins with */
  static async open(timeline: Timeline, variables: NodeJS.ProcessEnv): Promise<RunbookRunner> {
    const folder = await mkdtemp(join(tmpdir(), "ecobeat-drill-shell-"));
    const exported = join(folder, "exported");
    await writeFile(exported, "");
    return new RunbookRunner(timeline, variables, exported);
  }

  /**
   * Looks first, the first time, then takes the steps that the page's decision leads to, each a phase of its own.
   * @param steps numbers of the steps; @default all
   * @param exported what the person decides, as the page asks
   * @throws {ConfigurationError} if a command fails
   */
  async followRunbook(
    name: string,
    exported: Record<string, string> = {},
    steps?: readonly number[],
  ): Promise<void> {
    const page = readRunbook(name);
    await this.#export(exported);
    for (const heading of this.#seen.has(name) ? [] : ["First look", "Decide"]) {
      const { commands } = sectionOf(page, heading);
      if (commands.length === 0) continue;
      await this.#timeline.measure(`${name}: ${heading.toLowerCase()}`, "step", () =>
        this.#runAll(page, 0, commands),
      );
    }
    this.#seen.add(name);
    for (const { number, minutes, commands } of sectionOf(page, "Steps").steps) {
      if (steps && !steps.includes(number)) continue;
      await this.#timeline.measure(
        `${name}: step ${number}`,
        "step",
        () => this.#runAll(page, number, commands),
        minutes,
      );
    }
  }

  close(): Promise<void> {
    return rm(dirname(this.#exported), { recursive: true });
  }

  async #runAll(page: Runbook, step: number, commands: readonly string[]): Promise<void> {
    for (const command of commands) {
      const { commands: runnable, leftOut } = withoutGaps(command);
      this.skippedCommands.push(...leftOut);
      const { code, output } = await this.#run(runnable);
      if (code === 0) continue;
      const where = step > 0 ? `step ${step}` : "a command outside of its steps";
      throw new ConfigurationError(
        `runbooks/${page.name}.md, ${where}, failed with ${code}:\n${command}\n${output.trim()}\n` +
          "Correct the page, or what it calls.",
      );
    }
  }

  #export(values: Record<string, string>): Promise<void> {
    const lines = Object.entries(values).map(
      ([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`,
    );
    return appendFile(this.#exported, lines.join(""));
  }

  #run(command: string): Promise<{ code: number | null; output: string }> {
    const child = spawn("sh", ["-ec", `. ${this.#exported}\n${command}\nexport -p > ${this.#exported}`], {
      cwd: repository,
      env: this.#variables,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const read = (chunk: Buffer) => {
      output += chunk;
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve({ code, output }));
    });
  }
}

function sectionOf(page: Runbook, heading: string) {
  const section = page.sections.find((each) => each.heading === heading);
  if (section) return section;
  throw new ConfigurationError(
    `runbooks/${page.name}.md has no section "${heading}", and cannot be followed. Give it one, as the other pages have.`,
  );
}

/** A block of commands without the lines that are not run, and those lines. */
function withoutGaps(block: string): { commands: string; leftOut: string[] } {
  const lines = block.split("\n");
  const isGap = (line: string) => unsupportedCommands.some((gap) => line.startsWith(gap));
  return {
    commands: lines
      .filter((line) => !isGap(line))
      .map((line) => line.replace(promptingCommand, "$& --yes"))
      .join("\n"),
    leftOut: lines.filter(isGap),
  };
}

/**
 * Lets a person follow a page in a terminal of their own, and waits until they say that they are done.
 * @param variables what they are to export
 * @param steps those that the page's decision leads to; @default all
 */
export async function followManually(
  page: string,
  variables: NodeJS.ProcessEnv,
  steps?: readonly number[],
): Promise<void> {
  const exports = Object.entries(variables)
    .filter(([name]) => !["PATH", "HOME"].includes(name))
    .map(([name, value]) => `export ${name}='${value}'`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answered = terminal.question(
    `\nIn another terminal, in this folder:\n\n${exports.join("\n")}\n\n` +
      `Then follow runbooks/${page}.md${steps ? `, steps ${steps.join(", ")}` : ""}. Press Enter here when you are done. `,
  );
  await Promise.race([answered, once(terminal, "close")]);
  terminal.close();
}
