import { failing, resources } from "./resources.ts";
import type { Rule } from "./rule.ts";

export const cacheDemandsTls: Rule = {
  name: "the cache speaks TLS alone",
  check: (stacks) => [
    ...failing(
      stacks,
      ["aws_elasticache_replication_group"],
      "speaks without TLS",
      ({ attributes }) =>
        attributes.transit_encryption_enabled === true && attributes.transit_encryption_mode === "required",
    ),
    ...failing(
      stacks,
      ["aws_ssm_parameter"],
      "holds a URL without TLS",
      ({ attributes }) => !/\b(redis|http|mongodb):\/\//.test(attributes.value),
    ),
  ],
};

export const cacheKnowsByIam: Rule = {
  name: "the cache lets in IAM users alone, with the service's keys and no dangerous command",
  check: (stacks) => [
    ...failing(
      stacks,
      ["aws_elasticache_user"],
      "enters without IAM, or may too much",
      ({ attributes: { access_string, authentication_mode, passwords } }) => {
        const terms: string[] = access_string.split(" ");
        const off = terms[0] === "off" && terms.at(-1) === "-@all";
        const limited =
          authentication_mode.type === "iam" &&
          terms.filter((term) => term.startsWith("~")).join() === "~ecobeat:*" &&
          !terms.includes("+@all") &&
          terms.at(-1) === "-@dangerous";
        return passwords === undefined && (off || limited);
      },
    ),
    ...failing(
      stacks,
      ["aws_elasticache_replication_group"],
      "lets anyone in",
      ({ attributes }) => attributes.user_group_ids?.length === 1 && attributes.auth_token === undefined,
    ),
  ],
};

export const apiDemandsTls13: Rule = {
  name: "the API speaks TLS 1.3 alone, under its own name alone",
  check: (stacks) => [
    ...failing(
      stacks,
      ["aws_api_gateway_domain_name"],
      "speaks less than TLS 1.3",
      ({ attributes }) =>
        attributes.security_policy === "SecurityPolicy_TLS13_1_3_2025_09" &&
        attributes.endpoint_access_mode === "STRICT",
    ),
    ...failing(
      stacks,
      ["aws_api_gateway_rest_api"],
      "answers under AWS's name",
      ({ attributes }) => attributes.disable_execute_api_endpoint === true,
    ),
    // Other kinds of API have no such policy.
    ...resources(stacks, "aws_apigatewayv2_api", "aws_lambda_function_url").map(
      ({ address }) => `${address}: cannot demand TLS 1.3`,
    ),
  ],
};

export const functionsDemandTls13: Rule = {
  name: "every function refuses to speak less than TLS 1.3",
  check: (stacks) =>
    failing(stacks, ["aws_lambda_function"], "speaks less than TLS 1.3", ({ attributes }) =>
      String(attributes.environment?.variables.NODE_OPTIONS).split(" ").includes("--tls-min-v1.3"),
    ),
};
