import { readFileSync } from "node:fs";
import { expect } from "chai";
import { drawDiagram, drawDiagrams } from "../../../scripts/diagram/drawing.ts";
import { environments } from "../../../stacks/environments/index.ts";
import { type Stacks, synthesize } from "../../support/synthesize.ts";

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
  const arrows = (svg: string) => svg.match(/class="arrow"/g)!.length;
  const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)/g)].map(([, text]) => text);

  it("in the docs shows the current stacks; otherwise run `npm run diagram`", () => {
    for (const [file, svg] of drawDiagrams(stacks)) {
      const drawn = readFileSync(file, "utf8");
      expect(texts(drawn), file).to.have.members(texts(svg));
      expect(arrows(drawn), file).to.equal(arrows(svg));
    }
  });

  it("contains every box completely", () => {
    for (const [file, svg] of drawDiagrams(stacks)) {
      const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.map(Number);
      const cards = svg.matchAll(/class="card" x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"/g);
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
      ["database", "mongodbatlas_database_user", 5],
    ] as const) {
      const left = arrows(drawDiagram(without(`ecobeat-production-${stack}`, type), "production"));
      expect(all - left, type).to.equal(fewer);
    }
  });

  it("numbers the steps of a request, with and without a CDN", () => {
    const steps = (svg: string) => svg.match(/class="step"/g)!.length / 2;
    expect(steps(drawDiagram(stacks, "production"))).to.equal(8);
    expect(steps(drawDiagram(stacks, "staging"))).to.equal(7);
  });

  it("skips a resource of an unknown type", () => {
    const copy = structuredClone(stacks);
    copy["ecobeat-staging-service"]!.resource.aws_dynamodb_table = { table: {} };
    expect(drawDiagram(copy, "staging")).to.equal(drawDiagram(stacks, "staging"));
  });
});
