import type { DrillReport } from "./report.ts";
import { duration } from "./text.ts";
import type { PhaseKind } from "./timeline.ts";

/** In pixels. */
const size = { width: 1_000, left: 330, right: 90, top: 70, row: 26, bottom: 56 };
const plotWidth = size.width - size.left - size.right;

/** By what a phase is. */
export const colours: Record<PhaseKind, string> = {
  preparation: "#9aa5b1",
  outage: "#c0392b",
  step: "#2471a3",
  check: "#1e8449",
};

/** A drill on a time axis, as an SVG: phases as bars, the disaster and the recovery as lines. */
export function timelinePicture(report: DrillReport): string {
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
        `<text x="${round(x(seconds))}" y="${bottom + 18}" text-anchor="middle" fill="#555">${duration(seconds)}</text>`,
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
export const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
