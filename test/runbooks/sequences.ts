import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Runbook, readRunbook, runbookFolder } from "../../scripts/drill/runbook.ts";
import { type Decision, parseDecisions } from "./decisions.ts";

/** A runbook with its decision table. */
interface Page extends Runbook {
  readonly decisions: readonly Decision[];
}

/** A runbook of a sequence, and the steps to which its decision leads. */
export interface Visit {
  readonly runbook: Runbook;
  readonly condition: string;
  readonly steps: readonly number[];
}

/** Runbooks in the order in which an engineer follows them, with one decision in each. */
export type Sequence = readonly Visit[];

/** More runbooks than these in one incident are rare, and their number grows fast. */
const maxVisits = 3;

const pages = new Map<string, Page>();

function readPage(name: string): Page {
  const markdown = readFileSync(join(runbookFolder, `${name}.md`), "utf8");
  const runbook = readRunbook(name);
  const page = pages.get(name) ?? { ...runbook, decisions: parseDecisions(markdown, runbook) };
  pages.set(name, page);
  return page;
}

/**
 * All sequences that begin with a runbook: along each row of its decision table, along each link of the row, and back to its steps after
 * the link.
 * @param steps those to which a link leads. @default those of the runbook's own decision
 */
export function findSequences(name: string, steps: readonly number[] = [], before: Sequence = []): Sequence[] {
  const page = readPage(name);
  const visit = (condition: string, chosen: readonly number[]): Sequence => [
    ...before,
    { runbook: page, condition, steps: chosen },
  ];
  if (steps.length > 0) return [visit("the step that the link names", steps)];
  const isVisited = (other: string) => other === name || before.some(({ runbook }) => runbook.name === other);
  return page.decisions.flatMap(({ condition, parts }) => {
    const own = (from: number, to?: number) =>
      parts.slice(from, to).flatMap((part) => (part.runbook === undefined ? part.steps : []));
    const links = parts.flatMap(({ runbook, steps: named }, index) => {
      if (runbook === undefined || isVisited(runbook) || before.length + 1 >= maxVisits) return [];
      const after = own(index + 1);
      return findSequences(runbook, named, visit(condition, own(0, index))).map((sequence) =>
        after.length > 0 ? [...sequence, { runbook: page, condition, steps: after }] : sequence,
      );
    });
    const ends = parts.at(-1)?.runbook === undefined || links.length === 0;
    return [...links, ...(ends ? [visit(condition, own(0))] : [])];
  });
}

export const formatSequence = (sequence: Sequence): string =>
  sequence
    .map(({ runbook, condition, steps }) => `${runbook.name} (${condition}: ${steps.join(", ") || "no step"})`)
    .join(" -> ");
