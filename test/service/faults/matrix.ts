import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Cell } from "./cell.ts";
import { dependencies, faults, operations, phases } from "./names.ts";

/** A cell of the tables in `docs/faults.md`. */
export interface ExpectedCell extends Cell {
  /** The last column. */
  why: string;
}

const page = join(import.meta.dirname, "../../../docs/faults.md");

/** The cells of all tables, without statuses where there is no such fault. A row may stand for several faults, and for both processes. */
export function readMatrix(markdown = readFileSync(page, "utf8")): ExpectedCell[] {
  return markdown.split(/^## /m).flatMap((section) => {
    const dependency = dependencies.find((name) => section.startsWith(`${name}\n`));
    if (!dependency) return [];
    const [head, , ...rows] = section
      .split("\n")
      .filter((line) => line.startsWith("|"))
      .map((line) =>
        line
          .split("|")
          .slice(1, -1)
          .map((text) => text.trim()),
      );
    return rows.flatMap(([faultNames, processes, ...cells]) =>
      faultNames!
        .split(", ")
        .flatMap((fault) =>
          processes!
            .split(", ")
            .flatMap((phase) =>
              operations.map((operation) => ({
                ...{ dependency, operation, phase: pick(phases, phase), fault: pick(faults, fault) },
                statuses: parseStatuses(cells[head!.indexOf(operation) - 2]!),
                why: cells.at(-1)!,
              })),
            ),
        ),
    );
  });
}

function pick<T extends string>(known: readonly T[], name: string): T {
  const found = known.find((each) => each === name);
  if (!found) throw new Error(`docs/faults.md names "${name}", which is none of ${known.join(", ")}`);
  return found;
}

function parseStatuses(text: string): number[] {
  if (text === "—") return [];
  if (!/^\d{3}( or \d{3})?$/.test(text)) throw new Error(`docs/faults.md has a cell "${text}"`);
  return text.split(" or ").map(Number);
}

/** One cell of each fault of each dependency: where the fault shows, and for another request each time. */
export function pickOneOfEachFault(cells: readonly ExpectedCell[]): ExpectedCell[] {
  return dependencies.flatMap((dependency, row) =>
    faults.flatMap((fault, column) => {
      const all = cells.filter((each) => each.dependency === dependency && each.fault === fault);
      const failing = all.filter(({ statuses }) => statuses.includes(503));
      const candidates = failing.length > 0 ? failing : all;
      return candidates.length > 0 ? [candidates[(3 * row + 5 * column) % candidates.length]!] : [];
    }),
  );
}
