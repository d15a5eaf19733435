import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { benchmarks } from "../../bench/benchmarks.ts";
import { formatMicroseconds, formatSection, toPeerRow, toRatioRow } from "../../bench/report.ts";
import { type Result, type Results, replaceTables, resultFiles, writeResults } from "../../bench/results.ts";

const begin = "<!-- `npm run bench -- --write` writes from here -->";
const end = "<!-- to here. -->";

/** A result with one row that has everything, and one that has a value alone. */
const createResult = (date: string): Result => ({
  date,
  machine: "Node.js v20.0.0, one processor",
  sections: [
    {
      title: "Reads",
      note: "In turns.",
      rows: [
        toPeerRow("a | b", 0.03, { name: "another", value: 0.04 }, formatMicroseconds, { atMost: 0.7 }),
        { label: "archive", value: "1 kB" },
      ],
    },
  ],
});

describe("results of benchmarks", () => {
  it("are what docs/benchmarks.md shows, and of benchmarks that exist", () => {
    const results: Results = JSON.parse(readFileSync(resultFiles.results, "utf8"));
    const page = readFileSync(resultFiles.page, "utf8");
    expect(replaceTables(page, results), "run `npm run bench -- archive --write`").to.equal(page);
    expect(Object.keys(benchmarks)).to.include.members(Object.keys(results));
  });

  it("are written with their date and machine, without empty columns", () => {
    const page = replaceTables(`# A\n\n${begin}\n${end}\n\nB\n`, { archive: createResult("2026-01-02") });
    expect(page)
      .to.match(/^# A\n/)
      .and.match(/\n\nB\n$/);
    expect(page).to.include(`### archive

${benchmarks.archive!.description}

2026-01-02, Node.js v20.0.0, one processor.

**Reads.** In turns.

|  | measured | compared with | ratio | target |  |
| --- | --- | --- | --- | --- | --- |
| a \\| b | 30.0 µs | another: 40.0 µs | 0.75 x | <= 0.7 x | **missed** |
| archive | 1 kB |  |  |  |  |

### review

${benchmarks.review!.description}

Not measured yet.
`);
    const [plain] = createResult("2026-01-02").sections;
    const sections = [{ ...plain!, rows: plain!.rows.slice(1) }];
    expect(replaceTables(page, { archive: { ...createResult(""), sections } })).to.include(
      "|  | measured |\n| --- | --- |\n| archive | 1 kB |\n",
    );
  });

  it("replace earlier ones of the same benchmark alone, and those of a removed benchmark", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ecobeat-results-"));
    try {
      const files = { results: join(folder, "results.json"), page: join(folder, "page.md") };
      const stored = ["removed", "review", "archive"].map((name) => [name, createResult("2026-01-01")]);
      writeFileSync(files.results, JSON.stringify(Object.fromEntries(stored)));
      writeFileSync(files.page, `${begin}\n${end}`);
      await writeResults({ archive: createResult("2026-02-02") }, files);
      const written: Results = JSON.parse(readFileSync(files.results, "utf8"));
      expect(Object.entries(written).map(([name, { date }]) => [name, date])).to.deep.equal([
        ["archive", "2026-02-02"],
        ["review", "2026-01-01"],
      ]);
      expect(readFileSync(files.page, "utf8")).to.equal(replaceTables(`${begin}${end}`, written));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("need the comments between which they stand", () => {
    expect(() => replaceTables("# A", {})).to.throw(begin);
    expect(() => replaceTables(`${end} ${begin}`, {})).to.throw(begin);
  });
});

describe("rows of benchmarks", () => {
  it("compare a value with that of a peer, which it must not exceed or must reach", () => {
    const toRow = (value: number, limit: Parameters<typeof toPeerRow>[4]) =>
      toPeerRow("requests", value, { name: "peer", value: 100 }, String, limit);
    expect(toRow(95, { atLeast: 0.95 })).to.deep.include({ ratio: "0.95 x", target: "target >= 0.95 x", isMet: true });
    expect(toRow(94, { atLeast: 0.95 }).isMet).to.equal(false);
    expect(toRow(100, { atMost: 1 }).isMet).to.equal(true);
    expect(toRow(101, { atMost: 1 }).isMet).to.equal(false);
    expect(toRow(1, undefined)).to.deep.equal({ label: "requests", value: "1", peer: "peer: 100", ratio: "0.01 x" });
  });

  it("are aligned", () => {
    const rows = [{ label: "a", value: "10 ms" }, toRatioRow("longer", 2, 1)];
    expect(formatSection({ title: "Title", note: "Note.", rows })).to.equal(
      ["Title", "  Note.", "  a        10 ms", "  longer  2.00 x  target <= 1 x  MISSED"].join("\n"),
    );
  });
});
