import { spawn } from "node:child_process";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ConfigurationError } from "../../service/config.ts";
import { withoutGaps } from "./emulator-gaps.ts";
import { type RunbookPage, readRunbook } from "./runbook.ts";
import type { Timeline } from "./timeline.ts";

/** Where commands are run, as pages expect it. */
export const repository = join(import.meta.dirname, "..", "..");

/**
 * Follows pages as a person does: their commands, as they stand there, in one shell. What a command exports the next ones
 * know.
 */
export class PageShell {
  /** Commands that are not run in a drill. */
  readonly leftOut: string[] = [];
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
  static async open(timeline: Timeline, variables: NodeJS.ProcessEnv): Promise<PageShell> {
    const folder = await mkdtemp(join(tmpdir(), "ecobeat-drill-shell-"));
    const exported = join(folder, "exported");
    await writeFile(exported, "");
    return new PageShell(timeline, variables, exported);
  }

  /**
   * Looks first, the first time, then takes the steps that the page's decision leads to, each a phase of its own.
   * @param steps numbers of the steps; @default all
   * @param exported what the person decides, as the page asks
   * @throws {ConfigurationError} if a command fails
   */
  async follow(
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

  async #runAll(page: RunbookPage, step: number, commands: readonly string[]): Promise<void> {
    for (const command of commands) {
      const { commands: runnable, leftOut } = withoutGaps(command);
      this.leftOut.push(...leftOut);
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

function sectionOf(page: RunbookPage, heading: string) {
  const section = page.sections.find((each) => each.heading === heading);
  if (section) return section;
  throw new ConfigurationError(
    `runbooks/${page.name}.md has no section "${heading}", and cannot be followed. Give it one, as the other pages have.`,
  );
}
