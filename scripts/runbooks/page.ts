import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A numbered step of a section. */
export interface RunbookStep {
  readonly number: number;
  /** How long it is expected to take. */
  readonly minutes: number;
  /** What the page says of it, without the commands. */
  readonly text: string;
  /** Blocks of shell commands, in order, each to be pasted whole. */
  readonly commands: readonly string[];
}

/** What stands below one heading. */
export interface RunbookSection {
  readonly heading: string;
  readonly steps: readonly RunbookStep[];
  /** Blocks of shell commands that belong to no step. */
  readonly commands: readonly string[];
}

/** A page of `runbooks/`. */
export interface RunbookPage {
  /** Name of its file, without `.md`. */
  readonly name: string;
  readonly title: string;
  readonly sections: readonly RunbookSection[];
}

export const runbookFolder = join(import.meta.dirname, "..", "..", "runbooks");

const stepStart = /^(\d+)\. (?:\((\d+) minutes?\) )?(.*)$/;

/** Reads a page by its name, such as `restore-database`. */
export function readRunbook(name: string): RunbookPage {
  return parseRunbook(name, readFileSync(join(runbookFolder, `${name}.md`), "utf8"));
}

/**
 * The parts of a page. Commands are Markdown's indented code: four columns deep in a section, three more in a step.
 * Tools follow a page by this, so that what people read and what tests run are the same text.
 */
export function parseRunbook(name: string, markdown: string): RunbookPage {
  const [head = "", ...parts] = markdown.split(/^## /m);
  return { name, title: /^# (.+)$/m.exec(head)?.[1] ?? "", sections: parts.map(parseSection) };
}

function parseSection(part: string): RunbookSection {
  const [title = "", ...lines] = part.split("\n");
  const section = { heading: title.replace(/ \(.*\)$/, ""), steps: [] as Draft[], commands: [] as string[] };
  let block: string[] | undefined;
  const endBlock = () => {
    if (block) (section.steps.at(-1) ?? section).commands.push(block.join("\n").trimEnd());
    block = undefined;
  };
  for (const line of lines) {
    const inStep = section.steps.length > 0;
    const indent = inStep ? "       " : "    ";
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
          commands: [],
        });
      } else {
        const step = section.steps.at(-1);
        if (step) step.text += ` ${line.trim()}`;
      }
    }
  }
  endBlock();
  return section;
}

interface Draft {
  number: number;
  minutes: number;
  text: string;
  commands: string[];
}
