import { toAtlasRegion } from "../../../stacks/constructs/database/atlas-region.ts";
import { environments } from "../../../stacks/environments/index.ts";
import { type Stacks, synthesize } from "../../support/synthesize.ts";
import { changedResources } from "../changed-resources.ts";
import { getEnvironment, type Resource, resources } from "./resources.ts";
import type { Rule } from "./rule.ts";

const { staging, production } = environments;

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

export const onlyValuesDiffer: Rule = {
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

export const environmentInNames: Rule = {
  name: "every name contains the environment's name",
  check: (stacks) =>
    resources(stacks).flatMap((resource) =>
      getNames(resource)
        .filter((name) => !name.includes(getEnvironment(resource.stack).name))
        .map((name) => `${resource.address}: ${name}`),
    ),
};
