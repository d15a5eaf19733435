import { readFile, writeFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { benchmarks } from "./benchmarks.ts";
import type { Row, Section } from "./report.ts";

/** What a benchmark measured when it last ran with `--write`. */
export interface Result {
  /** The day in UTC, such as `2026-11-29`. */
  date: string;
  machine: string;
  sections: Section[];
}

/** The results by the names of their benchmarks. */
export type Results = Record<string, Result>;

/** The results, and the page that shows them. */
export const resultFiles = {
  results: join(import.meta.dirname, "results.json"),
  page: join(import.meta.dirname, "../docs/benchmarks.md"),
} as const;

/** This machine and what else it does: processors, Node.js, and the processes that wait for a processor on average. */
export function describeMachine(): string {
  const [load] = loadavg();
  const processors = `${cpus().length} x ${cpus()[0]?.model.trim()}`;
  return `Node.js ${process.version}, ${process.platform} ${process.arch}, ${processors}, load average ${load!.toFixed(1)}`;
}

/**
 * Stores results, in place of the earlier ones of the same benchmarks alone, and writes the tables of the page from all.
 * @param files @default those of the repository
 */
export async function writeResults(measured: Results, files: typeof resultFiles = resultFiles): Promise<void> {
  const stored: Results = JSON.parse(await readFile(files.results, "utf8"));
  const results = orderResults({ ...stored, ...measured });
  await writeFile(files.results, `${JSON.stringify(results, null, 2)}\n`);
  await writeFile(files.page, replaceTables(await readFile(files.page, "utf8"), results));
}

/** The results of the benchmarks that exist, in their order. */
const orderResults = (results: Results): Results =>
  Object.fromEntries(Object.keys(benchmarks).flatMap((name) => (results[name] ? [[name, results[name]]] : [])));

const begin = "<!-- `npm run bench -- --write` writes from here -->";
const end = "<!-- to here. -->";

/**
 * The page with its tables written from these results.
 * @throws if it lacks the comments between which they stand
 */
export function replaceTables(page: string, results: Results): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`The page lacks ${begin} followed by ${end}`);
  const tables = Object.entries(benchmarks).map(([name, { description }]) =>
    [`### ${name}`, description, ...formatResult(results[name])].join("\n\n"),
  );
  return `${page.slice(0, from + begin.length)}\n\n${tables.join("\n\n")}\n\n${page.slice(to)}`;
}

const formatResult = (result: Result | undefined): string[] =>
  result ? [`${result.date}, ${result.machine}.`, ...result.sections.flatMap(formatMarkdown)] : ["Not measured yet."];

const columns: readonly [title: string, cell: (row: Row) => string | undefined][] = [
  ["", ({ label }) => label],
  ["measured", ({ value }) => value],
  ["compared with", ({ peer }) => peer],
  ["ratio", ({ ratio }) => ratio],
  ["target", ({ target }) => target?.replace(/^target /, "")],
  ["", ({ isMet }) => (isMet === undefined ? undefined : isMet ? "met" : "**missed**")],
];

/** A section in Markdown, without the columns that are empty. */
function formatMarkdown({ title, note, rows }: Section): string[] {
  const shown = columns.filter(([, cell]) => rows.some((row) => cell(row) !== undefined));
  const toLine = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const table = [
    toLine(shown.map(([name]) => name)),
    toLine(shown.map(() => "---")),
    ...rows.map((row) => toLine(shown.map(([, cell]) => cell(row) ?? ""))),
  ];
  return [`**${title}.**${note ? ` ${note}` : ""}`, table.join("\n")];
}
