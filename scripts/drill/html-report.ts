import { type DrillReport, toSummaryLines } from "./report.ts";
import type { PhaseKind } from "./timeline.ts";

const colours: Record<PhaseKind, string> = {
  preparation: "#9aa5b1",
  outage: "#c0392b",
  step: "#2471a3",
  check: "#1e8449",
};

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
${reports.map(renderSection).join("\n")}
</body>
</html>
`;
}

const style = `
:root { color-scheme: light dark }
body { font: 15px/1.5 Verdana, "DejaVu Sans", sans-serif; color: CanvasText; background: Canvas; max-width: 1000px; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; margin-bottom: 0 }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; border-top: 1px solid #8886; padding-top: 1.5rem }
.quiet { opacity: .75 }
pre { white-space: pre-wrap }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; font-size: .9rem }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8886; vertical-align: top }
td.number, th.number { text-align: right; white-space: nowrap }
td.track { position: relative; width: 45% }
.track i { position: absolute; top: 20%; height: 60%; min-width: 2px; border-radius: 2px }
.track i.mark { top: 0; height: 100%; border-left: 2px dashed; border-radius: 0 }
.failed { color: #c0392b; font-weight: bold }
.key span { display: inline-block; margin-right: 1.2rem }
.key i { display: inline-block; width: .8rem; height: .8rem; margin-right: .4rem; border-radius: 2px }
@media print { body { margin: 0; max-width: none } section { break-inside: avoid } * { print-color-adjust: exact } }
`;

function renderSection(report: DrillReport): string {
  const lines = toSummaryLines(report).map((line) =>
    /FAILED|MISSED/.test(line) ? `<span class="failed">${escapeHtml(line)}</span>` : escapeHtml(line),
  );
  return `<section>
<h2>${escapeHtml(report.title)} <span class="quiet">(${escapeHtml(report.scenario)})</span></h2>
<p>${report.documents.toLocaleString("en")} activities in the database. Runbook: runbooks/${escapeHtml(report.runbook)}.md.</p>
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
    { name: "disaster", time: disasterAt, colour: colours.outage },
    { name: "recovered", time: recoveredAt, colour: colours.check },
  ].flatMap(({ time, ...mark }) => (time === null ? [] : [{ ...mark, time }]));
  const lines = marks
    .map(({ time, colour }) => `<i class="mark" style="left:${toPercent(toOffset(time))};color:${colour}"></i>`)
    .join("");
  const rows = phases.map(
    ({ name, kind, startedAt, expectedMinutes, seconds }) =>
      `<tr><td>${escapeHtml(name)}</td><td class="number">${toTimeOfDay(startedAt)}</td>` +
      `<td class="number">${expectedMinutes === undefined ? "" : `${expectedMinutes} min`}</td><td class="number">${seconds.toFixed(1)} s</td>` +
      `<td class="track"><i style="left:${toPercent(toOffset(startedAt))};width:${toPercent(seconds)};background:${colours[kind]}"></i>${lines}</td></tr>`,
  );
  const key = [
    ...Object.entries(labels).map(([kind, label]) => ({ label, colour: colours[kind as PhaseKind] })),
    ...marks.map(({ name, time, colour }) => ({ label: `${name} at ${toTimeOfDay(time)} UTC`, colour })),
  ];
  return `<table>
<tr><th>phase</th><th class="number">start (UTC)</th><th class="number">expected</th><th class="number">measured</th><th>timeline</th></tr>
${rows.join("\n")}
</table>
<p class="key quiet">${key.map(({ label, colour }) => `<span><i style="background:${colour}"></i>${label}</span>`).join("")}</p>`;
}

const toTimeOfDay = (time: string): string => time.slice(11, 19);

const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
