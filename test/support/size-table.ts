import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type EnvironmentSize, environmentSizes } from "../../stacks/environment-sizes.ts";

/** The rows of the table in `docs/sizes.md`, each with one cell for each size. */
export function readSizeTable(): Readonly<Record<string, readonly string[]>> {
  const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "sizes.md"), "utf8");
  const rows = page
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return Object.fromEntries(rows.map(([name, ...cells]) => [name, cells]));
}

/** A cell for each size. */
export const toCells = (toCell: (size: EnvironmentSize) => string): string[] => environmentSizes.map(toCell);
