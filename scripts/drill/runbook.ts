import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../build/archive.ts";

/** Blocks of shell commands, in order, each to be pasted whole. */
export interface RunbookCommands {
  readonly commands: string[];
  /** The text behind each block, up to the next block or step; empty where there is none. */
  readonly outcomes: string[];
}

/** A numbered step of a section. */
export interface RunbookStep extends RunbookCommands {
  readonly number: number;
  /** How long a person takes; 0 where the runbook does not say. */
  readonly minutes: number;
  /** The step without its commands. */
  text: string;
}

/** A section with the commands that belong to no step. */
export interface RunbookSection extends RunbookCommands {
  readonly heading: string;
  /** How long a person takes without the steps; 0 where the runbook does not say. */
  readonly minutes: number;
  readonly steps: RunbookStep[];
}

export interface Runbook {
  /** Name of its file, without `.md`. */
  readonly name: string;
  readonly title: string;
  readonly sections: readonly RunbookSection[];
}

/** @throws {Error} if a runbook has no section with this heading */
export function getSection({ name, sections }: Runbook, heading: string): RunbookSection {
  const section = sections.find((each) => each.heading === heading);
  if (!section) throw new Error(`runbooks/${name}.md has no section ${heading}.`);
  return section;
}

export const runbookFolder = join(repositoryRoot, "runbooks");

const stepStart = /^(\d+)\. (?:\((\d+) minutes?\) )?(.*)$/;

/** Reads a runbook by its name, such as `restore-database`. */
export function readRunbook(name: string): Runbook {
  return parseRunbook(name, readFileSync(join(runbookFolder, `${name}.md`), "utf8"));
}

/**
 * Parses a runbook. Its commands are Markdown's indented code: four columns deep in a section, three more in a step. Drills and
 * tests run the commands that this finds: the same text that people read.
 */
export function parseRunbook(name: string, markdown: string): Runbook {
  const [head = "", ...parts] = markdown.split(/^## /m);
  return { name, title: /^# (.+)$/m.exec(head)?.[1] ?? "", sections: parts.map(parseSection) };
}

function parseSection(part: string): RunbookSection {
  const [title = "", ...lines] = part.split("\n");
  const [, heading = "", minutes = 0] = /^(.*?)(?: \((\d+) minutes?\))?$/.exec(title)!;
  const section: RunbookSection = { heading, minutes: Number(minutes), steps: [], commands: [], outcomes: [] };
  let holder: RunbookCommands & { text?: string } = section;
  let block: string[] | undefined;
  const endBlock = () => {
    if (!block) return;
    holder.commands.push(block.join("\n").trimEnd());
    holder.outcomes.push("");
    block = undefined;
  };
  for (const line of lines) {
    const indent = holder === section ? "    " : "       ";
    if (line.startsWith(indent)) {
      block ??= [];
      block.push(line.slice(indent.length));
    } else if (line.trim() === "") {
      block?.push("");
    } else {
      endBlock();
      const [, number, minutes = 0, text] = stepStart.exec(line) ?? [];
      if (number) {
        const step = { number: Number(number), minutes: Number(minutes), text: text!, commands: [], outcomes: [] };
        section.steps.push(step);
        holder = step;
      } else {
        addText(holder, line.trim());
      }
    }
  }
  endBlock();
  return section;
}

function addText(holder: RunbookCommands & { text?: string }, text: string): void {
  if (holder.text !== undefined) holder.text += ` ${text}`;
  const last = holder.outcomes.length - 1;
  if (last >= 0) holder.outcomes[last] = `${holder.outcomes[last]} ${text}`.trim();
}
