import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { Stacks } from "../support/synthesize.ts";
import { first, resources } from "./rules/resources.ts";
import { allStacks } from "./rules/rule.ts";

const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "tls.md"), "utf8");

/** The settings in the stacks by which something accepts less than TLS 1.3, or by which a client makes up for it. */
function exceptions(stacks: Stacks): string[] {
  const policies = resources(stacks, "aws_api_gateway_domain_name")
    .map(({ attributes }) => attributes.security_policy)
    .filter((policy) => !policy.includes("TLS13_1_3"));
  const viewers = resources(stacks, "aws_cloudfront_distribution")
    .map(({ attributes }) => attributes.viewer_certificate.minimum_protocol_version)
    .filter((version) => !version.startsWith("TLSv1.3"));
  const caches = resources(stacks, "aws_elasticache_replication_group").map(() => "--tls-min-v1.3");
  return [...new Set([...policies, ...viewers, ...caches])];
}

/** The settings that the table names in its last column. */
const documented = (text: string): string[] =>
  [...text.matchAll(/^\|.*\| `([^`]+)` \|$/gm)].map(([, setting]) => setting!);

describe("exceptions to TLS 1.3", () => {
  it("are those in the table, each with a setting in the stacks", () => {
    expect(documented(page)).to.have.members(exceptions(allStacks()));
  });

  it("are noticed when the table does not have them", () => {
    const stacks = allStacks();
    first(stacks, "aws_cloudfront_distribution").viewer_certificate.minimum_protocol_version = "TLSv1.2_2021";
    expect(documented(page)).to.not.have.members(exceptions(stacks));
  });

  it("are noticed when the table has one that is gone", () => {
    const stacks = allStacks();
    for (const { attributes } of resources(stacks, "aws_api_gateway_domain_name")) {
      attributes.security_policy = "SecurityPolicy_TLS13_1_3_2025_09";
    }
    expect(documented(page)).to.not.have.members(exceptions(stacks));
  });
});
