import { escapeHtml } from "../../service/platform/html.ts";
import { toRunbookPath, toRunbookUrl } from "../../stacks/environments/shared.ts";
import { style } from "./html-style.ts";
import { type DrillReport, formatDuration, getVerdict, toSummaryLines, type Verdict } from "./report.ts";
import type { PhaseKind } from "./timeline.ts";

const labels: Record<PhaseKind, string> = {
  preparation: "before the disaster",
  outage: "outage",
  step: "step of the runbook",
  check: "check",
};

/** Reports as one HTML page that loads no other file. */
export function renderHtmlReport(reports: readonly DrillReport[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Drill: ${escapeHtml(reports.map(({ scenario }) => scenario).join(", "))}</title>
<style>${style}</style>
</head>
<body>
<h1>Disaster drill</h1>
<p class="quiet">${escapeHtml(reports[0]?.startedAt.slice(0, 16).replace("T", " ") ?? "")} UTC, on ${escapeHtml(reports[0]?.machine ?? "")}</p>
${renderOverview(reports)}
${reports.map(renderSection).join("\n")}
</body>
</html>
`;
}

const verdicts: Record<Verdict, string> = {
  met: "met",
  "people-too-slow": "people would not make it",
  failed: "failed",
};

/** What matters most, with links to the details. */
function renderOverview(reports: readonly DrillReport[]): string {
  const rows = reports.map((report) => {
    const { scenario, title, rto } = report;
    const verdict = getVerdict(report);
    return (
      `<tr><td><a href="#${escapeHtml(scenario)}">${escapeHtml(scenario)}</a><br><span class="quiet">${escapeHtml(title)}</span></td>` +
      `<td class="number" data-label="machine">${rto.seconds === null ? "not measured" : `${rto.seconds.toFixed(1)} s`}</td>` +
      `<td class="number" data-label="people">${describePeopleShare(report)}</td>` +
      `<td class="number" data-label="target">${formatDuration(rto.targetSeconds)}</td>` +
      `<td class="wide"><span class="verdict ${verdict}">${verdicts[verdict]}</span> ${escapeHtml(describeTotal(report))}</td></tr>`
    );
  });
  return `<table class="overview">
<tr><th>scenario</th><th class="number">machine</th><th class="number">people, with first look and checks</th><th class="number">target</th><th>verdict</th></tr>
${rows.join("\n")}
</table>
<p class="quiet">Machine: measured from the disaster to the recovery. People: the minutes that the runbooks state for the first look, the steps and the checks. If a person followed them, the machine's time includes these. The verdict is on the sum of both.</p>`;
}

function describePeopleShare({ people, expectedMinutes }: DrillReport): string {
  if (people.seconds === null) return "not measured";
  return expectedMinutes === 0 ? "in the machine's time" : `${expectedMinutes} min`;
}

const describeTotal = (report: DrillReport): string =>
  report.people.seconds === null ? "" : `${(report.people.seconds / 60).toFixed(1)} min in total`;

function renderSection(report: DrillReport): string {
  const lines = toSummaryLines(report).map((line) =>
    /FAILED|MISSED/.test(line) ? `<strong class="failed">${escapeHtml(line)}</strong>` : escapeHtml(line),
  );
  return `<section id="${escapeHtml(report.scenario)}">
<h2>${escapeHtml(report.title)} <span class="quiet">(${escapeHtml(report.scenario)})</span></h2>
<p>${report.documents.toLocaleString("en")} activities in the database. Runbook: <a href="${escapeHtml(toRunbookUrl(report.runbook))}">${escapeHtml(toRunbookPath(report.runbook))}</a>.</p>
${renderTimeline(report)}
<pre>${lines.join("\n")}</pre>
</section>`;
}

/** The phases as a table with a bar for each, crossed by the disaster and the recovery. */
function renderTimeline({ phases, startedAt, disasterAt, recoveredAt }: DrillReport): string {
  const toOffset = (time: string): number => (Date.parse(time) - Date.parse(startedAt)) / 1_000;
  const end = Math.max(1, ...phases.map((phase) => toOffset(phase.startedAt) + phase.seconds));
  const toPercent = (seconds: number): string => `${((seconds / end) * 100).toFixed(2)}%`;
  const marks = [
    { name: "disaster", time: disasterAt, kind: "outage" },
    { name: "recovered", time: recoveredAt, kind: "check" },
  ].flatMap(({ time, ...mark }) => (time === null ? [] : [{ ...mark, time }]));
  const lines = marks
    .map(({ time, kind }) => `<i class="mark ${kind}" style="left:${toPercent(toOffset(time))}"></i>`)
    .join("");
  const rows = phases.map(
    ({ name, kind, startedAt, expectedMinutes, seconds }) =>
      `<tr><td>${escapeHtml(name)}</td><td class="number" data-label="start">${toTimeOfDay(startedAt)}</td>` +
      `<td class="number" data-label="expected">${expectedMinutes === undefined ? "" : `${expectedMinutes} min`}</td><td class="number" data-label="measured">${seconds.toFixed(1)} s</td>` +
      `<td class="track"><i class="${kind}" style="left:${toPercent(toOffset(startedAt))};width:${toPercent(seconds)}"></i>${lines}</td></tr>`,
  );
  const key = [
    ...Object.entries(labels).map(([kind, label]) => ({ label, kind })),
    ...marks.map(({ name, time, kind }) => ({ label: `${name} at ${toTimeOfDay(time)} UTC`, kind })),
  ];
  return `<table>
<tr><th>phase</th><th class="number">start (UTC)</th><th class="number">expected</th><th class="number">measured</th><th>timeline</th></tr>
${rows.join("\n")}
</table>
<p class="key quiet">${key.map(({ label, kind }) => `<span><i class="${kind}"></i>${label}</span>`).join("")}</p>`;
}

const toTimeOfDay = (time: string): string => time.slice(11, 19);
