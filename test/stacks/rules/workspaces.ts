import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { environments } from "../../../stacks/environments/index.ts";
import type { Environment } from "../../../stacks/environments.ts";
import type { Attributes } from "../../support/synthesize.ts";
import { getEnvironment, type Resource, resources } from "./resources.ts";
import type { Rule } from "./rule.ts";

export const ownWorkspaces: Rule = {
  name: "every stack keeps its state in HCP Terraform, in a workspace of its own name and its environment's project",
  check: (stacks) =>
    Object.entries(stacks)
      .filter(
        ([name, stack]) =>
          stack.terraform.backend !== undefined ||
          stack.terraform.cloud?.organization !== "ecobeat" ||
          stack.terraform.cloud.workspaces.name !== name ||
          stack.terraform.cloud.workspaces.project !== `ecobeat-${getEnvironment(stack).name}`,
      )
      .map(([name]) => `${name}: has no workspace of its own`),
};

/** Copies are made in another region, and CloudFront takes certificates and web ACLs of us-east-1 alone. */
function toRegion(alias: string | undefined, { region, backup, cdn }: Environment): string | undefined {
  if (alias === undefined || alias === "untagged") return region;
  return [backup.copyRegion, cdn && "us-east-1"].find((other) => other === alias);
}

export const boundProviders: Rule = {
  name: "every provider of AWS is bound to the account of the table, and to its region, that of its copies, or us-east-1 for CloudFront, and Atlas's alone is beside it",
  check: (stacks) =>
    Object.entries(stacks)
      .filter(([, stack]) => {
        const { accountId } = getEnvironment(stack);
        const { aws = [], mongodbatlas: _, ...others } = stack.provider;
        return !(
          Object.keys(others).length === 0 &&
          aws.every(
            (provider) =>
              provider.region === toRegion(provider.alias, getEnvironment(stack)) &&
              JSON.stringify(provider.allowed_account_ids) === `["${accountId}"]`,
          )
        );
      })
      .map(([name]) => `${name}: could change another account`),
};

const tags = ["environment", "stack", "owner", "cost-centre", "managed-by"];

/** CloudFormation would hand its stack's tags on to the function, which CloudFront refuses to create with any. */
const createsCloudFrontFunctionOnly = ({ type, attributes }: Resource): boolean =>
  type === "aws_cloudformation_stack" &&
  Object.values<Attributes>(JSON.parse(attributes.template_body).Resources).every(
    ({ Type }) => Type === "AWS::CloudFront::Function",
  );

const { resolve } = createRequire(import.meta.url);

/** Whether the bindings of Atlas's provider give a type tags. */
const carriesTags = (type: string): boolean => {
  const path = `@cdktf/provider-mongodbatlas/lib/${type.split("_").slice(1).join("-")}/index.d.ts`;
  const config = readFileSync(resolve(path), "utf8").split(/^export interface /m)[1]!;
  return / readonly tags\?:/.test(config);
};

/** Atlas's provider has no default tags, and takes them as a map or as a list. */
const toTags = ({ tags: own }: Attributes): Attributes =>
  Array.isArray(own) ? Object.fromEntries(own.map(({ key, value }) => [key, value])) : (own ?? {});

export const taggedResources: Rule = {
  name: `everything that can carry tags has ${tags.join(", ")}: AWS's by the default of its provider and unchanged, but for a CloudFront function and its stack, Atlas's one by one`,
  check: (stacks) => [
    ...Object.entries(stacks).flatMap(([name, stack]) =>
      (stack.provider.aws ?? [])
        .filter(({ alias }) => alias !== "untagged")
        .flatMap((provider) =>
          tags
            .filter((tag) => !provider.default_tags?.[0]?.tags?.[tag])
            .map((tag) => `${name}: a provider does not set the tag ${tag}`),
        ),
    ),
    ...resources(stacks)
      .filter(
        (resource) =>
          (resource.attributes.provider === "aws.untagged") !== createsCloudFrontFunctionOnly(resource),
      )
      .map(({ address }) => `${address}: has no tags, or some that CloudFront refuses`),
    ...resources(stacks)
      .filter(({ type }) => type.startsWith("mongodbatlas_") && carriesTags(type))
      .flatMap(({ address, stack, attributes }) => {
        const expected = stack.provider.aws![0]!.default_tags[0].tags;
        return tags
          .filter((tag) => toTags(attributes)[tag] !== expected[tag])
          .map((tag) => `${address}: does not have the tag ${tag}`);
      }),
    ...resources(stacks)
      .filter(({ type }) => type.startsWith("aws_"))
      .flatMap(({ address, attributes }) =>
        tags
          .filter((tag) => attributes.tags?.[tag] !== undefined)
          .map((tag) => `${address}: sets the tag ${tag} itself`),
      ),
  ],
};

export const offlinePlans: Rule = {
  name: "no stack asks AWS anything before it plans: the only data it reads is another stack's state",
  check: (stacks) =>
    Object.entries(stacks).flatMap(([name, { data = {} }]) =>
      Object.keys(data)
        .filter((type) => type !== "terraform_remote_state")
        .map((type) => `${name}: reads ${type}`),
    ),
};

export const separateEnvironments: Rule = {
  name: "no stack names another environment",
  check: (stacks) =>
    Object.entries(stacks).flatMap(([name, stack]) => {
      const own = getEnvironment(stack).name;
      const text = JSON.stringify(stack);
      return Object.values(environments)
        .filter((other) => other.name !== own && text.includes(`ecobeat-${other.name}`))
        .map((other) => `${name}: names ${other.name}`);
    }),
};
