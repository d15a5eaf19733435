import type { MeasuredGroup, MeasuredSize } from "./sizing.ts";

/** A line of a chart. */
interface Curve {
  readonly name: string;
  readonly colour: string;
  getValue(size: MeasuredSize): number;
}

const durations: readonly Curve[] = [
  { name: "p50", colour: "#0072b2", getValue: ({ p50Ms }) => p50Ms },
  { name: "p95", colour: "#d55e00", getValue: ({ p95Ms }) => p95Ms },
  { name: "p99", colour: "#8a5a9e", getValue: ({ p99Ms }) => p99Ms },
];
const costs: readonly Curve[] = [{ name: "cost", colour: "#00795c", getValue: ({ usdPerMillion }) => usdPerMillion }];

/** In pixels: the area between the axes, and its position in the chart. */
const plot = { width: 320, height: 170, left: 62, top: 66 };
const chart = { width: 430, height: 310 };

/** Draws duration and cost by memory, as an SVG with two charts for each route group. */
export function drawCharts(groups: readonly MeasuredGroup[]): string {
  const visible = groups
    .map((group) => ({ ...group, sizes: group.sizes.filter(({ requests }) => requests > 0) }))
    .filter(({ sizes }) => sizes.length > 0);
  const width = chart.width * 2;
  const height = Math.max(chart.height * visible.length, 1);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
      'font-family="DejaVu Sans, Verdana, sans-serif" font-size="12" fill="#222">',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...visible.flatMap((group, index) => [
      `<g transform="translate(0 ${index * chart.height})">`,
      `<text x="16" y="24" font-size="15" font-weight="bold">${escapeXml(group.group)}</text>`,
      drawChart(group, "Duration of warm requests, ms", durations),
      `<g transform="translate(${chart.width} 0)">`,
      drawChart(group, "US dollars per million requests", costs),
      "</g></g>",
    ]),
    "</svg>\n",
  ].join("\n");
}

function drawChart({ sizes, recommendation }: MeasuredGroup, title: string, curves: readonly Curve[]): string {
  const top = roundUp(Math.max(...sizes.flatMap((size) => curves.map((curve) => curve.getValue(size)))));
  const x = (index: number): number => plot.left + ((index + 0.5) / sizes.length) * plot.width;
  const y = (value: number): number => plot.top + plot.height * (1 - value / top);
  const bottom = y(0);
  const chosen = sizes.findIndex(({ memoryMb }) => memoryMb === recommendation.memoryMb);
  return [
    `<text x="16" y="50" fill="#444">${title}</text>`,
    ...curves.map(({ name, colour }, index) => {
      const from = plot.left + plot.width + 20 - 55 * (curves.length - index);
      return curves.length < 2
        ? ""
        : `<path d="M${from} 46h18" stroke="${colour}" stroke-width="2.5"/><text x="${from + 23}" y="50">${name}</text>`;
    }),
    ...[0, 0.25, 0.5, 0.75, 1].map(
      (share) =>
        `<path d="M${plot.left} ${y(top * share)}h${plot.width}" stroke="#ddd"/>` +
        `<text x="${plot.left - 8}" y="${y(top * share) + 4}" text-anchor="end">${Number((top * share).toPrecision(3))}</text>`,
    ),
    chosen < 0 ? "" : `<path d="M${x(chosen)} ${plot.top}V${bottom}" stroke="#888" stroke-dasharray="5 4"/>`,
    ...sizes.map(
      ({ memoryMb }, index) =>
        `<text x="${x(index)}" y="${bottom + 18}" text-anchor="middle"${index === chosen ? ' font-weight="bold"' : ""}>` +
        `${memoryMb}</text>`,
    ),
    `<text x="${plot.left + plot.width / 2}" y="${bottom + 40}" text-anchor="middle" fill="#444">memory, MB` +
      `${chosen < 0 ? "; no recommendation" : "; recommended in bold"}</text>`,
    ...curves.map(({ colour, getValue }) => {
      const points = sizes.map((size, index) => `${x(index).toFixed(1)},${y(getValue(size)).toFixed(1)}`);
      return (
        `<polyline points="${points.join(" ")}" fill="none" stroke="${colour}" stroke-width="2.5"/>` +
        points
          .map((point) => `<circle cx="${point.split(",")[0]}" cy="${point.split(",")[1]}" r="3.5" fill="${colour}"/>`)
          .join("")
      );
    }),
  ].join("\n");
}

/** Rounds up to 1, 2, 4, 5 or 8 times a power of ten, whose quarters are readable. */
function roundUp(value: number): number {
  const ten = 10 ** Math.floor(Math.log10(value || 1));
  return ten * [1, 2, 4, 5, 8, 10].find((step) => step * ten >= value)!;
}

const escapeXml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
