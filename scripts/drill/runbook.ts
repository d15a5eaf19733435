import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Blocks of shell commands, in order, each to be pasted whole. */
export interface RunbookCommands {
  readonly commands: readonly string[];
  /** What the page says after each block, up to the next one or the next step; empty where it says nothing. */
  readonly outcomes: readonly string[];
}

/** A numbered step of a section. */
export interface RunbookStep extends RunbookCommands {
  readonly number: number;
  /** How long it is expected to take; 0 where the page does not say. */
  readonly minutes: number;
  /** What the page says of it, without the commands. */
  readonly text: string;
}

/** What stands below one heading. Its own commands are those that belong to no step. */
export interface RunbookSection extends RunbookCommands {
  readonly heading: string;
  readonly steps: readonly RunbookStep[];
}

/** A page of `runbooks/`. */
export interface Runbook {
  /** Name of its file, without `.md`. */
  readonly name: string;
  readonly title: string;
  readonly sections: readonly RunbookSection[];
}

export const runbookFolder = join(import.meta.dirname, "..", "..", "runbooks");

const stepStart = /^(\d+)\. (?:\((\d+) minutes?\) )?(.*)$/;

/** Reads a page by its name, such as `restore-database`. */
export function readRunbook(name: string): Runbook {
  return parseRunbook(name, readFileSync(join(runbookFolder, `${name}.md`), "utf8"));
}

/**
 * The parts of a page. Commands are Markdown's indented code: four columns deep in a section, three more in a step.
 * Tools follow a page by this, so that what people read and what tests run are the same text.
 */
export function parseRunbook(name: string, markdown: string): Runbook {
  const [head = "", ...parts] = markdown.split(/^## /m);
  return { name, title: /^# (.+)$/m.exec(head)?.[1] ?? "", sections: parts.map(parseSection) };
}

function parseSection(part: string): RunbookSection {
  const [title = "", ...lines] = part.split("\n");
  const section = { heading: title.replace(/ \(.*\)$/, ""), steps: [] as Step[], ...noCommands() };
  let block: string[] | undefined;
  const holder = () => section.steps.at(-1) ?? section;
  const endBlock = () => {
    if (!block) return;
    holder().commands.push(block.join("\n").trimEnd());
    holder().outcomes.push("");
    block = undefined;
  };
  for (const line of lines) {
    const indent = section.steps.length > 0 ? "       " : "    ";
    if (line.startsWith(indent)) {
      block ??= [];
      block.push(line.slice(indent.length));
    } else if (line.trim() === "") {
      block?.push("");
    } else {
      endBlock();
      const [, number, minutes, text] = stepStart.exec(line) ?? [];
      if (number) {
        section.steps.push({
          number: Number(number),
          minutes: Number(minutes ?? 0),
          text: text!,
          ...noCommands(),
        });
      } else {
        addText(holder(), line.trim());
      }
    }
  }
  endBlock();
  return section;
}

function addText(holder: Commands & { text?: string }, text: string): void {
  if (holder.text !== undefined) holder.text += ` ${text}`;
  const last = holder.outcomes.length - 1;
  if (last >= 0) holder.outcomes[last] = `${holder.outcomes[last]} ${text}`.trim();
}

interface Commands {
  readonly commands: string[];
  readonly outcomes: string[];
}

interface Step extends Commands {
  readonly number: number;
  readonly minutes: number;
  text: string;
}

const noCommands = (): Commands => ({ commands: [], outcomes: [] });
