import { productName } from "../../service/company.ts";
import { type DeployedEnvironment, toNamePrefix } from "../../service/contract.ts";
import { environmentNames } from "../../stacks/environment-files.ts";
import { listResources, type StackConfiguration } from "../terraform/resources.ts";
import { type Arrow, findArrows } from "./arrows.ts";
import { type Box, type Lane, toBoxes } from "./boxes.ts";
import { darkStyle, fill, lineColours, paintLine, surfaces } from "./colours.ts";
import { boxSize, columns, columnWidth, Layout, type LineGroup, margin, type Point, sortBoxes } from "./layout.ts";

const headings: Readonly<Record<Lane, string>> = {
  clients: "Clients",
  edge: "Edge",
  API: "API and schedules",
  functions: "Functions",
  network: "Network paths",
  data: "Data",
  operations: "Operations",
};
const readAccount = "The function reads the account, and compares the password.";

/** The path of a login, in order. An environment skips the steps whose boxes it does not have. */
const requestPath: readonly (readonly [from: string, to: string, description: string])[] = [
  ["Mobile app", "Route 53", "The app resolves the API's name."],
  ["Mobile app", "CloudFront", "The CDN's web ACL checks its request."],
  ["Mobile app", "API Gateway", "The API checks its request by web ACL, API key and throttling limits."],
  ["CloudFront", "API Gateway", "On a cache miss, the API's web ACL checks the origin-verify header."],
  ["API Gateway", "auth", "The route and the alias live select the function and its version."],
  ["VPC endpoint SSM", "Parameter Store", "A new execution environment reads its configuration."],
  ["Security group", "ElastiCache", "The function counts the login against its limits."],
  ["PrivateLink", "MongoDB Atlas", readAccount],
  ["NAT gateway", "MongoDB Atlas", readAccount],
  ["VPC endpoint KMS", "KMS key", "The function signs the access token."],
  ["Security group", "ElastiCache", "The function stores the session."],
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
    .filter(({ stack }) => stack.startsWith(`${toNamePrefix(environment)}-`))
    .sort((a, b) => `${a.stack} ${a.type} ${a.id}`.localeCompare(`${b.stack} ${b.type} ${b.id}`, "en"));
  const boxes = toBoxes(resources);
  const arrows = findArrows(stacks, resources, boxes);
  const steps = toSteps(arrows);
  const getStep = (box: Box): number => {
    const index = steps.findIndex(({ arrow }) => arrow.from === box);
    return index < 0 ? Number.POSITIVE_INFINITY : index;
  };
  const layout = new Layout(sortBoxes(boxes, arrows, getStep), arrows);
  const { positions, groups, width, bottom } = layout;
  // The function's calls to the network are no steps of their own.
  const isOnPath = (arrow: Arrow): boolean =>
    steps.some((step) => step.arrow === arrow || (step.arrow.from === arrow.to && isNamed(arrow.from, "auth")));
  const keyTop = bottom + 40;
  const height = keyTop + Math.max(steps.length, 4) * 22 + 16;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="DejaVu Sans, Verdana, sans-serif" font-size="14">`,
    `<title>Architecture of ${environment}, and the path of a request</title>`,
    `<style>${darkStyle}</style>`,
    `<defs>${lineColours.map((_, index) => `<marker id="head-${index}" markerUnits="userSpaceOnUse" markerWidth="12" markerHeight="12" refX="11" refY="6" orient="auto"><path d="M0 0L12 6L0 12z" ${paintLine("fill", index)}/></marker>`).join("")}</defs>`,
    `<rect width="${width}" height="${height}" ${fill("paper")}/>`,
    drawText(margin, 38, `${productName} ${environment}`, "ink", 'font-size="19" font-weight="bold"'),
    ...columns.map((lane, index) => drawHeading(margin + index * columnWidth, 76, headings[lane])),
    drawHeading(margin, layout.operationsHeading, headings.operations),
    ...groups.map((group) => drawGroup(group, isOnPath)),
    ...boxes.map((one) => drawBox(one, positions.get(one)!)),
    ...steps.flatMap(({ arrow, description }, index) => {
      const { x, y } = positions.get(arrow.to)!;
      const sameBox = steps.slice(0, index).filter((one) => one.arrow.to === arrow.to).length;
      const keyY = keyTop + index * 22;
      return [
        drawStepNumber(x + sameBox * 20, y, index + 1),
        drawStepNumber(margin + 10, keyY, index + 1),
        drawText(margin + 30, keyY + 5, description),
      ];
    }),
    drawLegend(margin + 3 * columnWidth, keyTop),
    "</svg>",
  ].join("\n")}\n`;
}

/** The files of the diagrams, and their contents. */
export const drawDiagrams = (stacks: Readonly<Record<string, StackConfiguration>>): [file: string, svg: string][] =>
  environmentNames.map((environment) => [`docs/architecture-${environment}.svg`, drawDiagram(stacks, environment)]);

/** Draws lines over a wider line in the colour of the paper, so that the lines that they cross are seen to pass below. */
function drawGroup({ colour, lines, junctions }: LineGroup, isOnPath: (arrow: Arrow) => boolean): string {
  return [
    ...lines.map(
      ({ path }) => `<path class="halo" d="${path}" fill="none" stroke="${surfaces.paper.light}" stroke-width="6"/>`,
    ),
    ...lines.map(({ arrow, path }) => drawLine(path, colour, isOnPath(arrow), "arrow")),
    ...junctions.map((at) => drawJunction(at, colour)),
  ].join("");
}

const drawLine = (path: string, colour: number, isOnPath: boolean, name: string): string =>
  `<path ${paintLine("stroke", colour, name)} d="${path}" fill="none" stroke-width="${isOnPath ? 3 : 1.4}" marker-end="url(#head-${colour})"/>`;

const drawJunction = ({ x, y }: Point, colour: number): string =>
  `<circle ${paintLine("fill", colour, "junction")} cx="${x}" cy="${y}" r="4"/>`;

/** What lines and dots mean. */
function drawLegend(x: number, y: number): string {
  const entries = [
    [drawLine(`M${x} ${y}h44`, 0, true, "sample"), "path of a login, in the order of the numbers"],
    [drawLine(`M${x} ${y + 22}h44`, 0, false, "sample"), "other call, data flow or protection"],
    [
      `<path ${paintLine("stroke", 1, "sample")} d="M${x} ${y + 44}h44M${x + 22} ${y + 34}v10" fill="none" stroke-width="1.4"/>${drawJunction({ x: x + 22, y: y + 44 }, 1)}`,
      "lines join at a dot; without one, they only cross",
    ],
    [drawStepNumber(x + 22, y + 66, 1), "the step that ends at the box"],
  ];
  return entries.map(([sample, text], index) => sample + drawText(x + 58, y + index * 22 + 5, text!)).join("\n");
}

function drawBox({ title, detail }: Box, { x, y }: Point): string {
  return (
    `<rect x="${x}" y="${y}" width="${boxSize.width}" height="${boxSize.height}" rx="6" ${fill("card")} stroke="${surfaces.edge.light}"/>` +
    drawText(x + 13, y + 20, title) +
    drawText(x + 13, y + 37, detail, "soft", 'font-size="12"')
  );
}

const drawStepNumber = (x: number, y: number, value: number): string =>
  `<circle cx="${x}" cy="${y}" r="9" ${fill("ink")}/>` +
  drawText(x, y + 4, `${value}`, "paper", 'font-size="11" font-weight="bold" text-anchor="middle"');

const drawHeading = (x: number, y: number, value: string): string =>
  drawText(x, y, value, "soft", 'font-weight="bold"');

const drawText = (
  x: number,
  y: number,
  value: string,
  colour: keyof typeof surfaces = "ink",
  attributes = "",
): string =>
  `<text x="${x}" y="${y}" ${fill(colour)} ${attributes}>${value.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</text>`;
