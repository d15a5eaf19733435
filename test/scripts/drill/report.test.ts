import { expect } from "chai";
import { ApiClient } from "../../../scripts/drill/api-client.ts";
import { renderHtmlReport } from "../../../scripts/drill/html-report.ts";
import { createReport, type DrillOutcome, toSummaryLines } from "../../../scripts/drill/report.ts";
import { Timeline } from "../../../scripts/drill/timeline.ts";

const begin = Date.parse("2026-01-01T00:00:00Z");
const at = (seconds: number) => begin + seconds * 1_000;
const client = new ApiClient("http://127.0.0.1:9", "key", {
  email: "ann@example.com",
  password: "a long passphrase",
});
const write = (seconds: number) => ({
  client,
  activity: { id: "a", kind: "walk", quantity: 1, occurred_at: "2026-01-01T00:00:00Z" },
  at: at(seconds),
});
const targets = { rtoSeconds: 900, rpoSeconds: 60 };

const recovered: DrillOutcome = {
  scenario: { name: "database-lost", title: "The database is <dropped>", runbook: "restore-database" },
  documents: 10,
  phases: [
    { name: "a backup is taken", kind: "preparation", startedAt: at(0), seconds: 10 },
    { name: "restore-database: step 1", kind: "step", startedAt: at(110), seconds: 30, expectedMinutes: 2 },
  ],
  milestones: { disasterAt: at(100), detectedAt: at(110), recoveredAt: at(140) },
  found: {
    checks: [{ name: "a user logs in", passed: true, detail: "yes" }],
    lost: [write(70), write(90), write(105)],
  },
  confirmed: 20,
  refused: 3,
  leftOut: ["aws elasticache describe-events"],
};

describe("The report of a drill", () => {
  it("measures from the disaster to the recovery, and back to the oldest write that is gone", () => {
    const report = createReport(recovered, targets);
    expect(report.rto).to.deep.equal({ seconds: 40, targetSeconds: 900, met: true });
    expect(report.rpo).to.deep.equal({ seconds: 30, targetSeconds: 60, met: true });
    expect(report.expectedMinutes).to.equal(2);
    expect(report.writes).to.deep.equal({ confirmed: 20, refused: 3, lost: 2, lostOfTheOutage: 1 });
    expect(report.passed).to.equal(true);
  });

  it("loses nothing when no write is gone", () => {
    const report = createReport({ ...recovered, found: { ...recovered.found, lost: [] } }, targets);
    expect(report.rpo).to.include({ seconds: 0, met: true });
  });

  for (const [what, outcome, withTargets] of [
    ["the recovery took too long", recovered, { ...targets, rtoSeconds: 39 }],
    ["too much is lost", recovered, { ...targets, rpoSeconds: 29 }],
    ["it never recovered", { ...recovered, milestones: { disasterAt: at(100) } }, targets],
    ["nothing was checked", { ...recovered, found: { checks: [], lost: [] } }, targets],
    ["it did not come to its end", { ...recovered, failure: "step 1 failed" }, targets],
    [
      "a check failed",
      {
        ...recovered,
        found: { checks: [{ name: "a user logs in", passed: false, detail: "401" }], lost: [] },
      },
      targets,
    ],
  ] as const) {
    it(`has not passed when ${what}`, () => {
      const report = createReport(outcome, withTargets);
      expect(report.passed).to.equal(false);
      expect(toSummaryLines(report).at(-1)).to.contain("database-lost FAILED");
    });
  }

  it("is a page of its own, with a picture, that asks no other server", () => {
    const page = renderHtmlReport([createReport(recovered, targets)]);
    expect(page)
      .to.contain("<svg")
      .and.contain("disaster at 00:01:40 UTC")
      .and.contain("recovered at 00:02:20 UTC");
    expect(page).to.contain("The database is &lt;dropped&gt;").and.not.contain("<dropped>");
    expect(page.replace('xmlns="http://www.w3.org/2000/svg"', "")).to.not.match(/https?:|src=|@import|url\(/);
  });

  it("notes how long a phase took that failed", async () => {
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
