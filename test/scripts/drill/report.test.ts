import { expect } from "chai";
import { ApiClient } from "../../../scripts/drill/api-client.ts";
import { renderHtmlReport } from "../../../scripts/drill/html-report.ts";
import { createReport, type DrillOutcome, toSummaryLines } from "../../../scripts/drill/report.ts";
import { Timeline } from "../../../scripts/drill/timeline.ts";
import { getContrast } from "../../support/contrast.ts";

const begin = Date.parse("2026-01-01T00:00:00Z");
const at = (seconds: number) => begin + seconds * 1_000;
const client = new ApiClient("http://127.0.0.1:9", "key", { email: "ann@example.com", password: "secret" });
const activity = { id: "a", kind: "walk", quantity: 1, occurred_at: "2026-01-01T00:00:00Z" };
const write = (seconds: number) => ({ client, activity, at: at(seconds) });
const check = { name: "a user logs in", passed: true, detail: "yes" };
const targets = { rtoSeconds: 900, rpoSeconds: 60 };

const recovered: DrillOutcome = {
  scenario: { name: "database-lost", title: "The database is <dropped>", runbook: "restore-database" },
  documents: 10,
  phases: [
    { name: "a backup is created", kind: "preparation", startedAt: at(0), seconds: 10 },
    { name: "restore-database: step 1", kind: "step", startedAt: at(110), seconds: 30, expectedMinutes: 2 },
  ],
  milestones: { disasterAt: at(100), detectedAt: at(110), recoveredAt: at(140) },
  results: { checks: [check], lost: [write(70), write(90), write(105)] },
  writes: { confirmed: 20, failed: 3 },
  skippedCommands: ["aws elasticache describe-events"],
  failure: null,
};

describe("The report of a drill", () => {
  it("measures from the disaster to the recovery, and back to the oldest lost write", () => {
    const report = createReport(recovered, targets);
    expect(report.rto).to.deep.equal({ seconds: 40, targetSeconds: 900, isMet: true });
    expect(report.rpo).to.deep.equal({ seconds: 30, targetSeconds: 60, isMet: true });
    expect(report.writes).to.deep.equal({ confirmed: 20, failed: 3, lost: 2, lostDuringOutage: 1 });
    expect(report).to.include({ expectedMinutes: 2, passed: true });
    const withoutLoss = { ...recovered, results: { checks: [check], lost: [] } };
    expect(createReport(withoutLoss, targets).rpo).to.include({ seconds: 0, isMet: true });
  });

  for (const [cause, changed, changedTargets] of [
    ["the recovery takes too long", {}, { rtoSeconds: 39 }],
    ["too much is lost", {}, { rpoSeconds: 29 }],
    ["the service does not recover", { milestones: { disasterAt: at(100) } }, {}],
    ["nothing is checked", { results: { checks: [], lost: [] } }, {}],
    ["an error ends the drill", { failure: "step 1 failed" }, {}],
    ["a check fails", { results: { checks: [{ ...check, passed: false }], lost: [] } }, {}],
  ] as const) {
    it(`does not pass if ${cause}`, () => {
      const report = createReport({ ...recovered, ...changed }, { ...targets, ...changedTargets });
      expect(report.passed).to.equal(false);
      expect(toSummaryLines(report).at(-1)).to.contain("database-lost FAILED");
    });
  }

  describe("begins with a table of verdicts", () => {
    const slow = {
      ...recovered,
      phases: [...recovered.phases, { ...recovered.phases[1]!, name: "redis: first look", expectedMinutes: 13 }],
    };
    const failed = { ...recovered, failure: "step 1 failed", milestones: {} };
    const getOverview = (...outcomes: DrillOutcome[]) => {
      const html = renderHtmlReport(outcomes.map((outcome) => createReport(outcome, targets)));
      expect(html.indexOf("<table")).to.be.below(html.indexOf("<section"));
      return [...html.split("<section")[0]!.matchAll(/<tr><td>.*<\/tr>/g)].map(([row]) =>
        row.replaceAll(/<[^>]+>/g, " "),
      );
    };

    it("with scenario, machine, people, target and verdict", () => {
      const [row] = getOverview(recovered);
      expect(row!.split(/ {2,}/).filter(Boolean)).to.deep.equal([
        "database-lost",
        "The database is &lt;dropped&gt;",
        "40.0 s",
        "2 min",
        "15 min",
        "met",
        "2.7 min in total",
      ]);
    });

    it("in amber when the machine meets the target and people would not, in red when the drill fails", () => {
      const html = renderHtmlReport([recovered, slow, failed].map((outcome) => createReport(outcome, targets)));
      const verdicts = [...html.matchAll(/<span class="verdict ([\w-]+)">([^<]+)</g)].map(([, name, text]) => [
        name,
        text,
      ]);
      expect(verdicts).to.deep.equal([
        ["met", "met"],
        ["people-too-slow", "people would not make it"],
        ["failed", "failed"],
      ]);
      expect(html).to.match(/\.people-too-slow \{ color: var\(--slow\)/);
      expect(getOverview(slow)[0]).to.contain("15.7 min in total");
      expect(toSummaryLines(createReport(slow, targets)).join("\n")).to.contain(
        "with people (15 min according to the runbooks): 15.7 min of 15 min, people would not make it",
      );
    });

    it("with people's time as measured only if a person followed the runbook", () => {
      const manual = { ...recovered, phases: recovered.phases.map(({ expectedMinutes: _, ...phase }) => phase) };
      const failedBefore = { ...failed, phases: recovered.phases.slice(0, 1) };
      const people = getOverview(recovered, manual, failed, failedBefore).map((row) => row.split(/ {2,}/)[4]);
      expect(people).to.deep.equal(["2 min", "in the machine's time", "not measured", "not measured"]);
    });

    it("with links to the details and to the runbook", () => {
      const html = renderHtmlReport([createReport(recovered, targets)]);
      expect(html).to.contain('<a href="#database-lost">').and.contain('<section id="database-lost">');
      expect(html).to.match(
        /<a href="https:\/\/github\.com\/[\w-]+\/[\w-]+\/blob\/main\/runbooks\/restore-database\.md">/,
      );
    });

    it("on a phone with a label for each value, because the row of headers is hidden there", () => {
      const html = renderHtmlReport([createReport(recovered, targets)]);
      const [, onPhone = ""] = html.split("@media (max-width: 600px)");
      expect(onPhone).to.contain("td[data-label]:not(:empty)::before { content: attr(data-label)");
      expect(html).to.contain('<meta name="viewport" content="width=device-width">');
      const values = [...html.matchAll(/<td class="number"[^>]*>/g)].map(([cell]) => cell);
      expect(values.length).to.be.above(5);
      expect(values.filter((cell) => !/ data-label="\w+"/.test(cell))).to.deep.equal([]);
    });

    it("in colours for light and dark, each with enough contrast", () => {
      const html = renderHtmlReport([createReport(recovered, targets)]);
      const [, light = "", dark = ""] = html.split(":root {");
      expect(light).to.match(/@media \(prefers-color-scheme: dark\) \{ $/);
      for (const theme of [light, dark]) {
        const colours = new Map(
          [...theme.matchAll(/--([\w-]+): (#[0-9a-f]+)/g)].map(([, name, value]) => [name!, value!]),
        );
        for (const [text, behind] of [
          ["ink", "paper"],
          ["soft", "paper"],
          ["link", "paper"],
          ["met", "met-paper"],
          ["slow", "slow-paper"],
          ["failed", "failed-paper"],
        ] as const) {
          expect(getContrast(colours.get(text)!, colours.get(behind)!), text).to.be.at.least(4.5);
        }
        for (const bar of ["preparation", "outage", "step", "check"]) {
          expect(getContrast(colours.get(bar)!, colours.get("paper")!), bar).to.be.at.least(3);
        }
      }
    });
  });

  it("is an HTML page with a timeline that loads nothing from another server", () => {
    const html = renderHtmlReport([createReport(recovered, targets)]);
    expect(html)
      .to.contain("disaster at 00:01:40 UTC")
      .and.contain("recovered at 00:02:20 UTC")
      .and.contain("left:78.57%;width:21.43%")
      .and.contain("RTO 40.0 s of 15 min")
      .and.contain("The database is &lt;dropped&gt;")
      .and.not.contain("<dropped>");
    expect(html.replaceAll(/<a href="[^"]*">/g, "")).to.not.match(/https?:|src=|<link|@import|url\(/);
  });

  it("measures a phase that fails", async () => {
    let now = begin;
    const timeline = new Timeline(
      () => now,
      () => {},
    );
    const failing = timeline.measure("it fails", "step", async () => {
      now += 2_000;
      throw new Error("no");
    });
    expect(await failing.catch(({ message }) => message)).to.equal("no");
    expect(timeline.phases).to.deep.equal([{ name: "it fails", kind: "step", startedAt: begin, seconds: 2 }]);
  });
});
