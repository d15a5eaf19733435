import {
  add,
  changeFirst,
  getStackEnvironment,
  inTemplates,
  type Resource,
  replaceInAll,
  resources,
} from "./rules/resources.ts";
import { type Rule, testRule } from "./rules/rule.ts";

/** Types whose names are unique in an account or in all accounts, with the attribute that holds the name. */
const globalTypes: Readonly<Record<string, string>> = {
  aws_budgets_budget: "name",
  aws_cloudfront_cache_policy: "name",
  aws_cloudfront_function: "name",
  aws_cloudfront_origin_access_control: "name",
  aws_cloudfront_response_headers_policy: "name",
  aws_cloudwatch_dashboard: "dashboard_name",
  aws_iam_group: "name",
  aws_iam_instance_profile: "name",
  aws_iam_policy: "name",
  aws_iam_role: "name",
  aws_iam_user: "name",
  aws_s3_bucket: "bucket",
};

/** Types of global services whose names need no region: those of a role's policy are unique in the role, and DNS has its own. */
const otherTypes = ["aws_iam_role_policy", "aws_route53_record", "aws_route53_zone"];

const globalServices = /^aws_(budgets|cloudfront|iam|route53)_/;

/** Longest name: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html and S3's rules for buckets. */
const toMaxLength = (type: string): number => (type === "aws_s3_bucket" ? 63 : 64);

/** The global names of a resource. CloudFormation creates functions of CloudFront, whose names are in the template. */
function getGlobalNames({ type, attributes }: Resource): readonly string[] {
  if (type === "aws_cloudformation_stack") {
    const created: { Type: string; Properties: { Name: string } }[] = Object.values(
      JSON.parse(attributes.template_body).Resources,
    );
    return created
      .filter(({ Type }) => /^AWS::(CloudFront|IAM|S3)::/.test(Type))
      .map(({ Properties }) => Properties.Name);
  }
  return type in globalTypes ? [attributes[globalTypes[type]!]] : [];
}

const regionInGlobalNames: Rule = {
  name: "every name that is unique in an account or beyond ends with the region, a bucket's also with the account, and is not too long",
  check: (stacks) =>
    resources(stacks).flatMap((resource) => {
      const { address, type, stack, attributes } = resource;
      if (globalServices.test(type) && "name" in attributes && !(type in globalTypes || otherTypes.includes(type))) {
        return [`${address}: is in neither list of types`];
      }
      const { region, accountId } = getStackEnvironment(stack);
      const end = type === "aws_s3_bucket" ? `-${region}-${accountId}` : `-${region}`;
      return getGlobalNames(resource)
        .filter((name) => !name.endsWith(end) || name.length > toMaxLength(type))
        .map((name) => `${address}: ${name}`);
    }),
};

describe("names in the stacks", () => {
  testRule(regionInGlobalNames, {
    "a role without the region": replaceInAll("aws_iam_role", "name", "-eu-west-1", ""),
    "a policy without the region": replaceInAll("aws_iam_policy", "name", "-eu-west-1", ""),
    "a bucket without the region": replaceInAll("aws_s3_bucket", "bucket", "-eu-west-1", ""),
    "a bucket without the account": replaceInAll("aws_s3_bucket", "bucket", /-\d{12}$/, ""),
    "a dashboard without the region": changeFirst("aws_cloudwatch_dashboard", { dashboard_name: "ecobeat" }),
    "a function of CloudFront without the region": inTemplates("header-eu-west-1", "header"),
    "a user without the region": add("-service", "aws_iam_user", { name: "ecobeat-staging-operator" }),
    "a role whose name is too long": replaceInAll("aws_iam_role", "name", "ecobeat", "ecobeat".repeat(7)),
    "a bucket whose name is too long": replaceInAll("aws_s3_bucket", "bucket", "ecobeat", "ecobeat".repeat(5)),
    "a type that is in neither list": add("-service", "aws_iam_server_certificate", { name: "a" }),
  });
});
