import { docsRoute, variables } from "../../../service/contract.ts";
import { problems } from "../../../service/platform/problems.ts";
import { routesWithoutApiKey } from "../../../service/routes.ts";
import type { StackJson } from "../../support/synthesize.ts";
import { isPreTraffic, isScheduled } from "./async-invocations.ts";
import { failing, getEnvironment, resources } from "./resources.ts";
import type { Rule } from "./rule.ts";

/** What the type of each of the service's own problems begins with. */
export const problemTypeBase = new URL(".", problems.routeNotFound().type).href;

/** Path of a resource of the API by the reference to its id. */
function toPath(stack: StackJson, reference: string): string {
  const id = /^\$\{aws_api_gateway_resource\.([\w-]+)\.id\}$/.exec(reference)?.[1];
  if (id === undefined) {
    return "";
  }
  const { parent_id, path_part } = stack.resource.aws_api_gateway_resource![id]!;
  return `${toPath(stack, parent_id)}/${path_part}`;
}

/** Where no key is asked for, in an environment that has all of it. */
const routesWithoutKey: readonly string[] = [...routesWithoutApiKey, docsRoute];

export const keyedMethods: Rule = {
  name: `every method of the API demands an API key, but OPTIONS and those on ${routesWithoutKey.join(", ")}`,
  check: (stacks) =>
    failing(stacks, ["aws_api_gateway_method"], "demands no API key", ({ stack, attributes }) => {
      const path = toPath(stack, attributes.resource_id);
      const open = attributes.http_method === "OPTIONS" || routesWithoutKey.includes(path);
      return open || attributes.api_key_required === true;
    }),
};

export const openRoutes: Rule = {
  name: "the routes without an API key are there, so that no key is asked of them by the routes around them",
  check: (stacks) =>
    resources(stacks, "aws_api_gateway_rest_api").flatMap(({ address, stack }) => {
      const open = Object.values(stack.resource.aws_api_gateway_method ?? {})
        .filter(({ http_method, api_key_required }) => http_method === "ANY" && api_key_required === false)
        .map(({ resource_id }) => toPath(stack, resource_id));
      return routesWithoutApiKey
        .filter((route) => !open.includes(route))
        .map((route) => `${address}: asks for a key on ${route}`);
    }),
};

export const boundedUse: Rule = {
  name: "every API key belongs to a usage plan with a rate and without a quota, by which strangers could switch the app off, and every stage has a rate of its own",
  check: (stacks) => [
    ...resources(stacks, "aws_api_gateway_api_key")
      .filter(
        ({ stack, id }) =>
          !Object.values(stack.resource.aws_api_gateway_usage_plan_key ?? {}).some(
            ({ key_id }) => key_id === `\${aws_api_gateway_api_key.${id}.id}`,
          ),
      )
      .map(({ address }) => `${address}: belongs to no usage plan`),
    ...failing(
      stacks,
      ["aws_api_gateway_usage_plan"],
      "has no rate, or a quota",
      ({ attributes }) =>
        attributes.throttle_settings?.rate_limit > 0 &&
        attributes.throttle_settings.burst_limit > 0 &&
        attributes.quota_settings === undefined,
    ),
    ...failing(stacks, ["aws_api_gateway_stage"], "has no rate", ({ stack, id }) =>
      Object.values(stack.resource.aws_api_gateway_method_settings ?? {}).some(
        ({ stage_name, method_path, settings }) =>
          stage_name === `\${aws_api_gateway_stage.${id}.stage_name}` &&
          method_path === "*/*" &&
          settings.throttling_rate_limit > 0,
      ),
    ),
  ],
};

export const tighterAuth: Rule = {
  name: "the routes of login have a rate of their own, below that of the whole API",
  check: (stacks) =>
    failing(stacks, ["aws_api_gateway_stage"], "takes logins as fast as reads", ({ stack }) => {
      const settings = Object.values(stack.resource.aws_api_gateway_method_settings ?? {});
      const rateOf = (path: string) =>
        settings.find(({ method_path }) => method_path === path)?.settings.throttling_rate_limit;
      return rateOf("~1v1~1auth~1{proxy+}/ANY") < rateOf("*/*");
    }),
};

export const boundedReadiness: Rule = {
  name: "the check of every dependency has a rate of its own, below that of the API and above what one address may ask",
  check: (stacks) =>
    failing(stacks, ["aws_api_gateway_stage"], "checks as often as anybody asks", ({ stack }) => {
      const { requestsPerSecond, requestsPerAddress } = getEnvironment(stack).api;
      const rate = Object.values(stack.resource.aws_api_gateway_method_settings ?? {}).find(
        ({ method_path }) => method_path === "~1health~1ready/ANY",
      )?.settings.throttling_rate_limit;
      return rate < requestsPerSecond && rate > requestsPerAddress / 300;
    }),
};

const requiredResponseTypes = ["DEFAULT_4XX", "DEFAULT_5XX", "INVALID_API_KEY", "THROTTLED", "WAF_FILTERED"];

export const readableGatewayResponses: Rule = {
  name: "what API Gateway refuses by itself is a problem of the service's catalogue that a page of the app can read",
  check: (stacks) => [
    ...failing(
      stacks,
      ["aws_api_gateway_gateway_response"],
      "is no problem, or is hidden from a page",
      ({ attributes: { response_parameters, response_templates } }) => {
        const header = (name: string) => response_parameters[`gatewayresponse.header.${name}`];
        const { type, title, detail, instance } = JSON.parse(response_templates["application/json"]);
        return (
          header("Content-Type") === "'application/problem+json'" &&
          header("Access-Control-Allow-Origin") === "'*'" &&
          header("Access-Control-Allow-Credentials") === undefined &&
          header("Vary") === undefined &&
          type.startsWith(problemTypeBase) &&
          [title, detail].every(Boolean) &&
          instance === "urn:request:$context.requestId"
        );
      },
    ),
    ...failing(stacks, ["aws_api_gateway_rest_api"], "refuses in API Gateway's words", ({ stack }) => {
      const types = Object.values(stack.resource.aws_api_gateway_gateway_response ?? {}).map(
        ({ response_type }) => response_type,
      );
      return requiredResponseTypes.every((type) => types.includes(type));
    }),
    ...failing(
      stacks,
      ["aws_api_gateway_deployment"],
      "does not wait for the refusals",
      ({ stack, attributes }) =>
        Object.keys(stack.resource.aws_api_gateway_gateway_response ?? {}).every((id) =>
          attributes.depends_on.includes(`aws_api_gateway_gateway_response.${id}`),
        ),
    ),
  ],
};

export const minimumAppVersions: Rule = {
  name: "functions serve the app from the table's minimum version on",
  check: (stacks) =>
    failing(
      stacks,
      ["aws_lambda_function"],
      "serves other versions",
      ({ stack, attributes }) =>
        isScheduled(attributes) ||
        isPreTraffic(attributes) ||
        attributes.environment?.variables[variables.minimumAppVersion] ===
          getEnvironment(stack).minimumAppVersion,
    ),
};

export const restrictedOrigins: Rule = {
  name: "functions answer the table's origins alone, each by https and without a wildcard",
  check: (stacks) =>
    failing(stacks, ["aws_lambda_function"], "answers other origins", ({ stack, attributes }) => {
      if (isScheduled(attributes) || isPreTraffic(attributes)) return true;
      const origins: string | undefined = attributes.environment?.variables[variables.corsOrigins];
      return (
        origins !== undefined &&
        origins === getEnvironment(stack).corsOrigins.join(",") &&
        origins.split(",").every((origin) => /^https:\/\/[a-z.-]+$/.test(origin))
      );
    }),
};
