import { type DeployedEnvironment, deployedEnvironments } from "../../service/contract.ts";
import { listResources, type StackConfiguration } from "../terraform/resources.ts";
import { type Arrow, findArrows } from "./arrows.ts";
import { type Box, type Lane, lanes, toBoxes } from "./boxes.ts";

/** In pixels. */
const box = { width: 136, height: 46, gap: 20 };
const column = 199;
const margin = 34;
const top = 96;

const columns = lanes.filter((lane) => lane !== "operations");
const headings: Readonly<Record<Lane, string>> = {
  clients: "Clients",
  edge: "Edge",
  API: "API and schedules",
  functions: "Functions",
  network: "Network paths",
  data: "Data",
  operations: "Operations",
};
const colours = ["#2f7ed8", "#b8541a", "#2e8b57", "#8a5ab8", "#b03060", "#7a7a1f", "#158a8a"];

const style = `
svg { font: 13px "DejaVu Sans", Verdana, sans-serif; --paper: #fff; --ink: #1f2328; --soft: #59636e; --card: #f3f5f7; --edge: #b6bec7 }
@media (prefers-color-scheme: dark) { svg { --paper: #0d1117; --ink: #e6edf3; --soft: #9da7b1; --card: #1c232c; --edge: #4a545f } }
.paper { fill: var(--paper) } .card { fill: var(--card); stroke: var(--edge) } text { fill: var(--ink) }
.detail { font-size: 11px; fill: var(--soft) } .heading { font-weight: bold; fill: var(--soft) } .title { font-size: 18px; font-weight: bold }
.arrow { fill: none; stroke-width: 1.6 } .step { fill: var(--ink) } .number { fill: var(--paper); font-size: 11px; font-weight: bold; text-anchor: middle }
`;

const readData = "The function reads and writes data with its IAM role.";

/** The path of a login, in order. An environment skips the steps whose boxes it does not have. */
const requestPath: readonly (readonly [from: string, to: string, description: string])[] = [
  ["Mobile app", "Route 53", "The app resolves the API's name."],
  ["Mobile app", "CloudFront", "The CDN's web ACL checks its request."],
  ["Mobile app", "API Gateway", "The API checks its request by web ACL, API key and throttling limits."],
  ["CloudFront", "API Gateway", "On a cache miss, the API's web ACL checks the origin-verify header."],
  ["API Gateway", "auth", "The route and the alias live select the function and its version."],
  ["VPC endpoint SSM", "Parameter Store", "A new execution environment reads its configuration."],
  ["PrivateLink", "MongoDB Atlas", readData],
  ["NAT gateway", "MongoDB Atlas", readData],
  ["Security group", "ElastiCache", "The function reads and writes sessions and cached responses."],
  ["VPC endpoint KMS", "KMS key", "The function signs the access token."],
];

const isNamed = ({ title, detail }: Box, name: string): boolean => title === name || `${title} ${detail}` === name;

/** The arrows of the request path, in order, with their descriptions. */
const toSteps = (arrows: readonly Arrow[]): { arrow: Arrow; description: string }[] =>
  requestPath.flatMap(([from, to, description]) => {
    const arrow = arrows.find((one) => isNamed(one.from, from) && isNamed(one.to, to));
    return arrow ? [{ arrow, description }] : [];
  });

/** Draws the architecture of an environment and the path of a request, as an SVG. */
export function drawDiagram(
  stacks: Readonly<Record<string, StackConfiguration>>,
  environment: DeployedEnvironment,
): string {
  const resources = listResources(stacks)
    .filter(({ stack }) => stack.startsWith(`ecobeat-${environment}-`))
    .sort((a, b) => `${a.stack} ${a.type} ${a.id}`.localeCompare(`${b.stack} ${b.type} ${b.id}`, "en"));
  const boxes = toBoxes(resources);
  const arrows = findArrows(stacks, resources, boxes);
  const rows = Math.max(...columns.map((lane) => boxes.filter((one) => one.lane === lane).length));
  const below = top + rows * (box.height + box.gap) + 34;
  const positions = computePositions(boxes, below);
  const width = Math.max(...[...positions.values()].map(({ x }) => x)) + box.width + margin;
  const steps = toSteps(arrows);
  const legend = below + box.height + 40;
  const height = legend + steps.length * 20 + 10;
  const targets = [...new Set(arrows.map(({ to }) => to))];
  const getColumn = ({ lane }: Box): number => lanes.indexOf(lane);
  // Arrows into one box share a vertical line in the gap before it.
  const getTrack = (to: Box): number => targets.filter((one) => one.lane === to.lane).indexOf(to);
  const toPath = ({ from, to }: Arrow): string => {
    const [start, end] = [positions.get(from)!, positions.get(to)!];
    const across = end.x - 12 - (getTrack(to) % 5) * 9;
    if (from.lane === "operations") return `M${start.x + box.width} ${start.y + 23}H${end.x}`;
    if (getColumn(from) === getColumn(to)) {
      return Math.abs(start.y - end.y) === box.height + box.gap
        ? `M${start.x + 68} ${start.y + (end.y > start.y ? box.height : 0)}V${end.y + (end.y > start.y ? 0 : box.height)}`
        : `M${start.x} ${start.y + 32}H${start.x - 14}V${end.y + 32}H${end.x}`;
    }
    // A line that skips a column passes between two rows of boxes.
    const skips = getColumn(to) - getColumn(from) > 1;
    const between = end.y + box.height + box.gap / 2;
    return skips
      ? `M${start.x + box.width} ${start.y + 14}h10V${between}H${across}V${end.y + 34}H${end.x}`
      : `M${start.x + box.width} ${start.y + 23}H${across}V${end.y + 23}H${end.x}`;
  };
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>Architecture of ${environment}, and the path of a request</title>`,
    `<style>${style}</style>`,
    `<defs>${colours.map((colour, index) => `<marker id="head-${index}" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto"><path d="M0 0L8 4L0 8z" fill="${colour}"/></marker>`).join("")}</defs>`,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    drawText(margin, 36, `Ecobeat ${environment}`, "title"),
    ...columns.map((lane, index) => drawText(margin + index * column, 76, headings[lane], "heading")),
    drawText(margin, below - 14, headings.operations, "heading"),
    ...arrows.map((arrow) => {
      const colour = targets.indexOf(arrow.to) % colours.length;
      return `<path class="arrow" d="${toPath(arrow)}" stroke="${colours[colour]}" marker-end="url(#head-${colour})"/>`;
    }),
    ...boxes.map((one) => drawBox(one, positions.get(one)!)),
    ...steps.flatMap(({ arrow, description }, index) => {
      const end = positions.get(arrow.to)!;
      const sameRow = steps.slice(0, index).filter((one) => one.arrow.to === arrow.to).length;
      return [
        drawStepNumber(end.x, end.y + 4 + sameRow * 20, index + 1),
        drawStepNumber(margin + 10, legend + index * 20, index + 1),
        drawText(margin + 28, legend + index * 20 + 4, description),
      ];
    }),
    "</svg>",
  ].join("\n")}\n`;
}

/** The files of the diagrams, and their contents. */
export const drawDiagrams = (stacks: Readonly<Record<string, StackConfiguration>>): [file: string, svg: string][] =>
  deployedEnvironments.map((environment) => [`docs/architecture-${environment}.svg`, drawDiagram(stacks, environment)]);

function computePositions(boxes: readonly Box[], below: number): Map<Box, { x: number; y: number }> {
  return new Map(
    boxes.map((one) => {
      const index = boxes.filter(({ lane }) => lane === one.lane).indexOf(one);
      return one.lane === "operations"
        ? [one, { x: margin + index * 166, y: below }]
        : [one, { x: margin + lanes.indexOf(one.lane) * column, y: top + index * (box.height + box.gap) }];
    }),
  );
}

function drawBox({ title, detail }: Box, { x, y }: { x: number; y: number }): string {
  return (
    `<rect class="card" x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="6"/>` +
    drawText(x + 12, y + 20, title) +
    drawText(x + 12, y + 36, detail, "detail")
  );
}

const drawStepNumber = (x: number, y: number, value: number): string =>
  `<circle class="step" cx="${x}" cy="${y}" r="9"/><text class="number" x="${x}" y="${y + 4}">${value}</text>`;

const drawText = (x: number, y: number, value: string, name?: string): string =>
  `<text x="${x}" y="${y}"${name ? ` class="${name}"` : ""}>${value.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</text>`;
