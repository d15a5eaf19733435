import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { drawDiagram, drawDiagrams } from "../../../scripts/diagram/drawing.ts";
import { environments } from "../../../stacks/environments/index.ts";
import { type Stacks, synthesize } from "../../support/synthesize.ts";

interface Segment {
  readonly line: number;
  /** Where its line ends. */
  readonly to: string;
  readonly isVertical: boolean;
  /** The x of a vertical segment, the y of another one. */
  readonly at: number;
  readonly from: number;
  readonly until: number;
}

/** The straight parts of a line. */
function toSegments(path: string, line: number): Segment[] {
  const commands = [.../ d="([^"]*)"/.exec(path)![1]!.matchAll(/([MHVh])([\d.]+)(?: ([\d.]+))?/g)];
  let [x, y] = [0, 0];
  const segments = commands.flatMap(([, command, first, second]) => {
    const before = { x, y };
    if (command === "V") y = Number(first);
    else x = command === "h" ? x + Number(first) : Number(first);
    if (command === "M") y = Number(second);
    if (command === "M") return [];
    return command === "V"
      ? [{ line, isVertical: true, at: x, from: Math.min(y, before.y), until: Math.max(y, before.y) }]
      : [{ line, isVertical: false, at: y, from: Math.min(x, before.x), until: Math.max(x, before.x) }];
  });
  return segments.map((segment) => ({ ...segment, to: `${x} ${y}` }));
}

const covers = (one: Segment, other: Segment): boolean =>
  one.isVertical === other.isVertical &&
  Math.abs(one.at - other.at) < 3 &&
  Math.min(one.until, other.until) - Math.max(one.from, other.from) > 1;

describe("the architecture diagram", () => {
  let stacks: Stacks;
  before(() => {
    stacks = synthesize(Object.values(environments));
  });

  const without = (stack: string, ...types: string[]): Stacks => {
    const copy = structuredClone(stacks);
    for (const type of types) delete copy[stack]!.resource[type];
    return copy;
  };
  const arrows = (svg: string) => svg.match(/class="arrow/g)!.length;
  const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)/g)].map(([, text]) => text);

  it("in the docs shows the current stacks; otherwise run `npm run diagram`", () => {
    const diagrams = drawDiagrams(stacks);
    for (const [file, svg] of diagrams) {
      expect(readFileSync(file, "utf8") === svg, file).to.equal(true);
    }
    const files = readdirSync("docs").filter((file) => file.startsWith("architecture-"));
    expect(files.map((file) => `docs/${file}`)).to.have.members(diagrams.map(([file]) => file));
  });

  it("contains every box completely", () => {
    for (const [file, svg] of drawDiagrams(stacks)) {
      const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.map(Number);
      const cards = [...svg.matchAll(/<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)" rx/g)];
      expect(cards.length, file).to.be.above(20);
      for (const card of cards) {
        const [, x, y, wide, high] = card.map(Number);
        expect(x! + wide!, file).to.be.below(width!);
        expect(y! + high!, file).to.be.below(height!);
      }
    }
  });

  it("shows a box only for an existing resource", () => {
    const cases = [
      ["foundation", "aws_elasticache_replication_group", "ElastiCache"],
      ["edge", "aws_cloudfront_distribution", "CloudFront"],
      ["foundation", "aws_route53_zone", "Route 53"],
      ["archive", "mongodbatlas_online_archive", "Online archive"],
      ["service", "aws_scheduler_schedule", "Schedule"],
      ["service", "aws_codedeploy_app", "CodeDeploy"],
    ] as const;
    for (const [stack, type, words] of cases) {
      expect(drawDiagram(stacks, "production")).to.include(`>${words}<`);
      expect(drawDiagram(without(`ecobeat-production-${stack}`, type), "production")).not.to.include(`>${words}<`);
    }
  });

  it("shows an arrow only for a reference between resources", () => {
    const all = arrows(drawDiagram(stacks, "production"));
    for (const [stack, type, fewer] of [
      ["foundation", "aws_s3_bucket_replication_configuration", 1],
      ["service", "aws_api_gateway_integration", 2],
      ["service", "aws_wafv2_web_acl_association", 1],
      ["database", "mongodbatlas_database_user", 6],
    ] as const) {
      const left = arrows(drawDiagram(without(`ecobeat-production-${stack}`, type), "production"));
      expect(all - left, type).to.equal(fewer);
    }
  });

  it("numbers the steps of a login in their order, with and without a CDN", () => {
    for (const [environment, count] of [
      ["production", 9],
      ["staging", 8],
    ] as const) {
      const svg = drawDiagram(stacks, environment);
      const key = texts(svg).filter((text) => /^(The|A|On) .*\.$/.test(text!));
      expect(key).to.have.length(count);
      expect(key.at(-2)).to.equal("The function signs the access token.");
      expect(key.at(-1)).to.equal("The function stores the session.");
      const numbers = Array.from({ length: count }, (_, index) => [`${index + 1}`, `${index + 1}`]).flat();
      // The last one is that of the legend.
      expect(texts(svg).filter((text) => /^\d$/.test(text!))).to.deep.equal([...numbers, "1"]);
    }
  });

  it("explains its lines", () => {
    for (const [file, svg] of drawDiagrams(stacks)) {
      expect(texts(svg), file).to.include.members([
        "path of a login, in the order of the numbers",
        "lines join at a dot; without one, they only cross",
      ]);
    }
  });

  it("has its colours as attributes, which librsvg reads, and a dark colour for each", () => {
    for (const [file, svg] of drawDiagrams(stacks)) {
      const [, style = "", ...others] = svg.split(/<style>|<\/style>/);
      expect(style, file).to.match(/^@media \(prefers-color-scheme: dark\)/);
      const shapes = [...others.join("").matchAll(/<(?:rect|path|circle|text) [^>]*>/g)].map(([shape]) => shape);
      expect(shapes.length, file).to.be.above(100);
      for (const shape of shapes) {
        expect(shape).to.match(/(fill|stroke)="#[0-9a-f]{6}"/);
        const classes = /class="([^"]*)"/.exec(shape)![1]!.split(" ");
        expect(
          classes.some((name) => style.includes(`.${name} {`)),
          shape,
        ).to.equal(true);
      }
      expect(svg).to.not.match(/var\(|currentColor/);
    }
  });

  it("has no line that covers a line to another box", () => {
    for (const [file, svg] of drawDiagrams(stacks)) {
      const segments = [...svg.matchAll(/<path class="arrow[^>]*>/g)].flatMap(([path], line) => toSegments(path, line));
      expect(segments.length, file).to.be.above(30);
      for (const one of segments) {
        const covered = segments.find((other) => other.to !== one.to && covers(one, other));
        expect(covered && [one, covered], file).to.equal(undefined);
      }
    }
  });

  it("skips a resource of an unknown type", () => {
    const copy = structuredClone(stacks);
    copy["ecobeat-staging-service"]!.resource.aws_dynamodb_table = { table: {} };
    expect(drawDiagram(copy, "staging")).to.equal(drawDiagram(stacks, "staging"));
  });
});
