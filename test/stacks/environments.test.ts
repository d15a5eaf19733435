import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { toAtlasRegion } from "../../stacks/constructs/database/atlas-region.ts";
import { environments } from "../../stacks/environments/index.ts";
import { production } from "../../stacks/environments/production.ts";
import { staging } from "../../stacks/environments/staging.ts";
import { type Stacks, synthesize } from "../support/synthesize.ts";
import { changedResources } from "./changed-resources.ts";
import { add, changeFirst, getStackEnvironment, type Resource, resources } from "./rules/resources.ts";
import { allStacks, type Rule, testRule } from "./rules/rule.ts";

/** Only `eu-north-1` is made up: today the environments share a region, so both move. */
const identities = [
  [staging.name, production.name],
  [staging.accountId, production.accountId],
  [staging.apiDomain, production.apiDomain],
  [staging.region, "eu-north-1"],
  [toAtlasRegion(staging.region), toAtlasRegion("eu-north-1")],
] as const;

/** The longest come first: a domain may contain a name. */
const identity = new RegExp(
  identities
    .flat()
    .sort((one, other) => other.length - one.length)
    .join("|"),
  "g",
);

/** Gives each environment the other's name, account and domain, and both another region, wherever the values stand. */
const swapIdentities = <T>(value: T): T =>
  JSON.parse(
    JSON.stringify(value).replace(identity, (found) => {
      const [one, other] = identities.find((pair) => pair.some((text) => text === found))!;
      return found === one ? other : one;
    }),
  );

let swapped: Stacks | undefined;

const onlyValuesDiffer: Rule = {
  name: "environments differ only in their values: production's values under staging's identity give production's stacks",
  check: (stacks) => {
    swapped ??= swapIdentities(synthesize(Object.values(swapIdentities(environments))));
    return changedResources(swapped, stacks).map(({ address, kind }) => `${address} is ${kind}`);
  },
};

/** Attributes that name a resource in its account, its network or its organization in Atlas. */
const naming =
  /^(name|Name|bucket|(alarm|dashboard|deployment_group|function|policy|rule)_name|(replication_group|user|user_group)_id)$/;

/** Types whose names lie within another resource, or in the DNS. */
const unnamed = [
  "aws_cloudwatch_log_metric_filter",
  "aws_iam_role_policy",
  "aws_lambda_alias",
  "aws_route53_record",
  "aws_route53_zone",
];

const getNames = ({ type, attributes }: Resource): string[] =>
  Object.entries({ ...attributes, Name: attributes.tags?.Name })
    .filter(([key, value]) => naming.test(key) && typeof value === "string" && !value.includes("${"))
    .map(([, value]) => value)
    // API Gateway itself chooses this name.
    .filter((name) => !unnamed.includes(type) && name !== "/aws/apigateway/welcome");

const environmentInNames: Rule = {
  name: "every name contains the environment's name",
  check: (stacks) =>
    resources(stacks).flatMap((resource) =>
      getNames(resource)
        .filter((name) => {
          const { name: environment, previews } = getStackEnvironment(resource.stack);
          // The parameters of the previews in the environment.
          return !name.includes(environment) && !(previews && name.startsWith("/ecobeat/preview/"));
        })
        .map((name) => `${resource.address}: ${name}`),
    ),
};

testRule(onlyValuesDiffer, {
  "a stack that asks for the environment's name": changeFirst("aws_api_gateway_stage", { xray_tracing_enabled: false }),
  "a number that is not in the configuration": changeFirst("aws_lambda_function", { timeout: 3 }),
  "a resource in one environment alone": add("production-service", "aws_sqs_queue", {}),
  "an account that is not in the configuration": (stacks) => {
    stacks["ecobeat-production-edge"]!.provider.aws![0]!.allowed_account_ids = [staging.accountId];
  },
});

testRule(environmentInNames, {
  "an alarm without it": changeFirst("aws_cloudwatch_metric_alarm", { alarm_name: "ecobeat-api-errors" }),
  "a tag without it": changeFirst("aws_vpc", { "tags.Name": "ecobeat" }),
});

describe("environments", () => {
  it("synthesize to the same bytes each time", () => {
    expect(JSON.stringify(synthesize(Object.values(environments)))).to.equal(JSON.stringify(allStacks()));
  });

  it("have different accounts, domain names and address ranges", () => {
    for (const value of ["accountId", "apiDomain"] as const) {
      expect(staging[value]).to.not.equal(production[value]);
    }
    expect(staging.network.cidr).to.not.equal(production.network.cidr);
  });

  it("have the required memory and timeouts", () => {
    for (const [name, memory] of [
      ["staging", 512],
      ["production", 1_024],
    ] as const) {
      const functions = allStacks()[`ecobeat-${name}-service`]!.resource.aws_lambda_function!;
      const serving = Object.entries(functions).filter(([id]) => /^(auth|api)_/.test(id));
      expect(serving.map(([, { memory_size, timeout }]) => [memory_size, timeout])).to.deep.equal([
        [memory, 30],
        [memory, 30],
      ]);
    }
  });

  it("are named only in stacks/environments/: no other source of the stacks checks which environment it is in", () => {
    const folder = join(import.meta.dirname, "..", "..", "stacks");
    const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts") && !path.startsWith("environments/"))
      .map((path) => ({ path, text: withoutComments(readFileSync(join(folder, path), "utf8")) }));
    expect(sources).to.not.be.empty;
    for (const { path, text } of sources) {
      expect(text, path).to.not.match(/production|staging/i);
      expect(text, path).to.not.match(/environment\.name\s*[!=]==?|[!=]==?\s*environment\.name/);
    }
  });
});

const withoutComments = (source: string): string =>
  source.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(^|\s)\/\/.*$/gm, "");
