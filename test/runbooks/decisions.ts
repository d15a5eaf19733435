import type { Runbook } from "../../scripts/drill/runbook.ts";

/** A part of what a row of a decision table leads to. */
export interface DecisionPart {
  /** Numbers of the steps. */
  readonly steps: readonly number[];
  /** The runbook to continue with, whose steps these are. @default this runbook */
  readonly runbook?: string;
}

/** A row of a decision table. */
export interface Decision {
  /** What you see. */
  readonly condition: string;
  /** What to do, in order. */
  readonly parts: readonly DecisionPart[];
}

const part =
  /(?<all>all steps)|steps? (?<numbers>\d+(?:(?:, | and | to )\d+)*)(?: of \[[^\]]+\]\((?<owner>[\w-]+)\.md\))?|\[[^\]]+\]\((?<link>[\w-]+)\.md\)/gi;

/** The rows of the table under "Decide". @param markdown of the runbook */
export function parseDecisions(markdown: string, { sections }: Runbook): Decision[] {
  const [, table = ""] = /^## Decide$(.*?)^## /ms.exec(markdown) ?? [];
  const all = sections.find(({ heading }) => heading === "Steps")!.steps.map(({ number }) => number);
  const rows = table.split("\n").filter((line) => /^\| (?!---)/.test(line));
  return rows.slice(1).map((row) => {
    const cells = row.split(/(?<!\\)\|/).slice(1, -1);
    const parts = [...cells.at(-1)!.matchAll(part)].map(({ groups = {} }): DecisionPart => {
      const { numbers, owner, link } = groups;
      if (groups.all) return { steps: all };
      if (link) return { steps: [], runbook: link };
      return { steps: toNumbers(numbers!), ...(owner && { runbook: owner }) };
    });
    return { condition: cells[0]!.trim(), parts: parts.filter(({ runbook }) => runbook !== "README") };
  });
}

/** Such as `1, 2 and 5` or `1 to 5`. */
function toNumbers(text: string): number[] {
  const numbers = [...text.matchAll(/\d+/g)].map(Number);
  const [first, last] = numbers as [number, number];
  return text.includes(" to ") ? Array.from({ length: last - first + 1 }, (_, index) => first + index) : numbers;
}
