import { type DrillReport, formatDuration, type Measurement } from "./report.ts";
import type { PhaseKind } from "./timeline.ts";

/** In pixels. */
const size = { width: 1_000, left: 330, right: 90, top: 70, row: 26, bottom: 56 };
const plotWidth = size.width - size.left - size.right;

/** By what a phase is. */
const colours: Record<PhaseKind, string> = {
  preparation: "#9aa5b1",
  outage: "#c0392b",
  step: "#2471a3",
  check: "#1e8449",
};

/** What drills came to, as one page that needs no other file. */
export function renderHtmlReport(reports: readonly DrillReport[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Drill: ${escaped(reports.map(({ scenario }) => scenario).join(", "))}</title>
<style>${style}</style>
</head>
<body>
<h1>Disaster drill</h1>
<p class="quiet">${escaped(reports[0]?.startedAt.slice(0, 16).replace("T", " ") ?? "")} UTC, on ${escaped(reports[0]?.machine ?? "")}</p>
${reports.map(section).join("\n")}
</body>
</html>
`;
}

const kinds = [
  ["preparation", "before"],
  ["outage", "outage"],
  ["step", "step of the page"],
  ["check", "check"],
] as const;

const style = `
body { font: 15px/1.5 Verdana, "DejaVu Sans", sans-serif; color: #222; background: #fff; max-width: 1000px; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; margin-bottom: 0 }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; border-top: 1px solid #ccc; padding-top: 1.5rem }
.quiet { color: #555 }
.figures { display: flex; gap: 1rem; flex-wrap: wrap }
.figure { border: 1px solid #ccc; border-left: 6px solid #1e8449; border-radius: 4px; padding: .5rem 1rem; min-width: 11rem }
.figure.missed { border-left-color: #c0392b }
.figure b { display: block; font-size: 1.5rem }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; font-size: .9rem }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #ddd; vertical-align: top }
td.number, th.number { text-align: right; white-space: nowrap }
.failed { color: #c0392b; font-weight: bold; white-space: pre-wrap }
svg { width: 100%; height: auto; margin: 1rem 0 }
.key span { display: inline-block; margin-right: 1.2rem }
.key i { display: inline-block; width: .8rem; height: .8rem; margin-right: .4rem; border-radius: 2px }
@media print { body { margin: 0; max-width: none } section { break-inside: avoid } * { print-color-adjust: exact } }
`;

function section(report: DrillReport): string {
  const { writes } = report;
  return `<section>
<h2>${escaped(report.title)} <span class="quiet">(${escaped(report.scenario)})</span></h2>
<p${report.passed ? "" : ' class="failed"'}>${report.passed ? "Passed." : "Failed."} ${report.documents.toLocaleString("en")} activities in
the database; followed: runbooks/${escaped(report.runbook)}.md.</p>
${report.failure === null ? "" : `<p class="failed">${escaped(report.failure)}</p>`}
<div class="figures">
${figureBox("Recovery, by machine", report.rto)}
${figureBox("Data lost, in time", report.rpo)}
<div class="figure">People, by the page<b>${report.expectedMinutes} min</b>for the steps that were followed</div>
<div class="figure">Confirmed writes lost<b>${writes.lost}</b>of ${writes.confirmed}; and ${writes.lostDuringOutage} of the outage</div>
</div>
${timelinePicture(report)}
<p class="key quiet">${kinds.map(([kind, text]) => `<span><i style="background:${colours[kind]}"></i>${text}</span>`).join("")}</p>
<table>
<tr><th>phase</th><th class="number">begins (UTC)</th><th class="number">expected</th><th class="number">measured</th></tr>
${report.phases
  .map(
    ({ name, startedAt, expectedMinutes, seconds }) =>
      `<tr><td>${escaped(name)}</td><td class="number">${startedAt.slice(11, 19)}</td>` +
      `<td class="number">${expectedMinutes === undefined ? "" : `${expectedMinutes} min`}</td><td class="number">${seconds.toFixed(1)} s</td></tr>`,
  )
  .join("\n")}
</table>
<table>
<tr><th>check</th><th>found</th></tr>
${report.checks
  .map(
    ({ name, passed, detail }) =>
      `<tr><td>${escaped(name)}</td><td${passed ? "" : ' class="failed"'}>${passed ? "" : "failed: "}${escaped(detail)}</td></tr>`,
  )
  .join("\n")}
</table>
${report.leftOut.map((command) => `<p class="quiet">Not run here: <code>${escaped(command)}</code></p>`).join("\n")}
</section>`;
}

const figureBox = (name: string, { seconds, targetSeconds, isMet }: Measurement): string =>
  `<div class="figure${isMet ? "" : " missed"}">${name}<b>${seconds === null ? "–" : `${seconds.toFixed(1)} s`}</b>` +
  `target ${formatDuration(targetSeconds)}${isMet ? "" : ": missed"}</div>`;

/** A drill on a time axis, as an SVG: phases as bars, the disaster and the recovery as lines. */
function timelinePicture(report: DrillReport): string {
  const begin = Date.parse(report.startedAt);
  const at = (time: string): number => (Date.parse(time) - begin) / 1_000;
  const bars = report.phases.map((phase) => ({ ...phase, from: at(phase.startedAt) }));
  const end = Math.max(1, ...bars.map(({ from, seconds }) => from + seconds));
  const x = (seconds: number): number => size.left + (seconds / end) * plotWidth;
  const bottom = size.top + bars.length * size.row;
  const height = bottom + size.bottom;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${height}" role="img" ` +
      `aria-label="Timeline of ${escaped(report.title)}" font-family="Verdana, DejaVu Sans, sans-serif" font-size="12" fill="#222">`,
    // Words stay readable where a line crosses them.
    "<style>text { paint-order: stroke; stroke: #fff; stroke-width: 3px }</style>",
    ...ticks(end).map(
      (seconds) =>
        `<path d="M${round(x(seconds))} ${size.top}V${bottom}" stroke="#e3e6ea"/>` +
        `<text x="${round(x(seconds))}" y="${bottom + 18}" text-anchor="middle" fill="#555">${formatDuration(seconds)}</text>`,
    ),
    mark(report.disasterAt, "disaster", colours.outage, 22),
    mark(report.recoveredAt, "recovered", colours.check, 38),
    ...bars.map(({ name, kind, from, seconds }, index) => {
      const y = size.top + index * size.row;
      const width = Math.max((seconds / end) * plotWidth, 1.5);
      return (
        `<text x="${size.left - 10}" y="${y + 17}" text-anchor="end">${escaped(name)}</text>` +
        `<rect x="${round(x(from))}" y="${y + 5}" width="${round(width)}" height="${size.row - 10}" rx="2" fill="${colours[kind]}"/>` +
        `<text x="${round(x(from) + width + 5)}" y="${y + 17}" fill="#555">${seconds.toFixed(1)} s</text>`
      );
    }),
    `<text x="${size.left + plotWidth / 2}" y="${bottom + 42}" text-anchor="middle" fill="#555">time since the drill began</text>`,
    "</svg>",
  ].join("\n");

  function mark(time: string | null, name: string, colour: string, y: number): string {
    if (time === null) return "";
    const line = round(x(at(time)));
    const isRight = line > size.left + plotWidth / 2;
    return (
      `<path d="M${line} ${y - 10}V${bottom}" stroke="${colour}" stroke-width="1.5" stroke-dasharray="5 4"/>` +
      `<text x="${isRight ? line - 6 : line + 6}" y="${y}" text-anchor="${isRight ? "end" : "start"}" fill="${colour}" font-weight="bold">` +
      `${name} at ${time.slice(11, 19)} UTC</text>`
    );
  }
}

/** About eight round times up to an end, in seconds. */
function ticks(end: number): number[] {
  const step =
    [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600].find((each) => end / each <= 9) ?? end;
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => index * step);
}

const round = (pixels: number): number => Math.round(pixels * 10) / 10;

/** Text as it stands in HTML and SVG. */
const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
