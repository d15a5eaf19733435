import { docsRoute, variables } from "../../../service/contract.ts";
import { problems } from "../../../service/platform/problems.ts";
import { routesWithoutApiKey } from "../../../service/routes.ts";
import type { Attributes, StackJson } from "../../support/synthesize.ts";
import { isPreTraffic, isScheduled } from "./async-invocations.ts";
import { getEnvironment } from "./resources.ts";
import { type Rule, resourceRule, rulesByType } from "./rule.ts";

/** Prefix of the type of each problem of the service. */
export const problemTypeBase = new URL(".", problems.routeNotFound().type).href;

const getAll = (stack: StackJson, type: string): Attributes[] => Object.values(stack.resource[type] ?? {});

/** Path of a resource of the API by the reference to its id. */
function toPath(stack: StackJson, reference: string): string {
  const id = /^\$\{aws_api_gateway_resource\.([\w-]+)\.id\}$/.exec(reference)?.[1];
  if (id === undefined) return "";
  const { parent_id, path_part } = stack.resource.aws_api_gateway_resource![id]!;
  return `${toPath(stack, parent_id)}/${path_part}`;
}

/** In an environment that has all of them. */
const routesWithoutKey: readonly string[] = [...routesWithoutApiKey, docsRoute];

export const keyedMethods = resourceRule(
  `every method of the API requires an API key, except OPTIONS and those on ${routesWithoutKey.join(", ")}`,
  "aws_api_gateway_method",
  ({ stack, attributes }) =>
    attributes.http_method === "OPTIONS" ||
    routesWithoutKey.includes(toPath(stack, attributes.resource_id)) ||
    attributes.api_key_required === true,
);

export const openRoutes = resourceRule(
  "the routes without an API key exist, so that no proxy route around them requires one",
  "aws_api_gateway_rest_api",
  ({ stack }) => {
    const open = getAll(stack, "aws_api_gateway_method")
      .filter(({ http_method, api_key_required }) => http_method === "ANY" && api_key_required === false)
      .map(({ resource_id }) => toPath(stack, resource_id));
    return routesWithoutApiKey.every((route) => open.includes(route));
  },
);

const getRate = (stack: StackJson, methodPath: string): number =>
  getAll(stack, "aws_api_gateway_method_settings").find(({ method_path }) => method_path === methodPath)
    ?.settings.throttling_rate_limit;

export const boundedUse = rulesByType(
  "every stage has a rate limit, and every API key a usage plan with a rate and without a quota, which an attacker could exhaust for all users",
  {
    aws_api_gateway_api_key: ({ stack, id }) =>
      getAll(stack, "aws_api_gateway_usage_plan_key").some(
        ({ key_id }) => key_id === `\${aws_api_gateway_api_key.${id}.id}`,
      ),
    aws_api_gateway_usage_plan: ({ attributes: { throttle_settings: throttle, quota_settings } }) =>
      throttle?.rate_limit > 0 && throttle.burst_limit > 0 && quota_settings === undefined,
    aws_api_gateway_stage: ({ stack, id }) =>
      getAll(stack, "aws_api_gateway_method_settings").some(
        ({ stage_name, method_path, settings }) =>
          stage_name === `\${aws_api_gateway_stage.${id}.stage_name}` &&
          method_path === "*/*" &&
          settings.throttling_rate_limit > 0,
      ),
  },
);

export const tighterAuth = resourceRule(
  "the routes of login have a lower rate than the whole API",
  "aws_api_gateway_stage",
  ({ stack }) => getRate(stack, "~1v1~1auth~1{proxy+}/ANY") < getRate(stack, "*/*"),
);

export const boundedReadiness = resourceRule(
  "the readiness check has a lower rate than the API, and a higher one than a single address may use",
  "aws_api_gateway_stage",
  ({ stack }) => {
    const { requestsPerSecond, requestsPerAddress } = getEnvironment(stack).api;
    const rate = getRate(stack, "~1health~1ready/ANY");
    return rate < requestsPerSecond && rate > requestsPerAddress / 300;
  },
);

const requiredResponseTypes = ["DEFAULT_4XX", "DEFAULT_5XX", "INVALID_API_KEY", "THROTTLED", "WAF_FILTERED"];

export const readableGatewayResponses = rulesByType(
  "API Gateway's own error responses are problems of the service's catalogue that any origin can read",
  {
    aws_api_gateway_gateway_response: ({ attributes: { response_parameters, response_templates } }) => {
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
    aws_api_gateway_rest_api: ({ stack }) => {
      const types = getAll(stack, "aws_api_gateway_gateway_response").map(
        ({ response_type }) => response_type,
      );
      return requiredResponseTypes.every((type) => types.includes(type));
    },
    aws_api_gateway_deployment: ({ stack, attributes }) =>
      Object.keys(stack.resource.aws_api_gateway_gateway_response ?? {}).every((id) =>
        attributes.depends_on.includes(`aws_api_gateway_gateway_response.${id}`),
      ),
  },
);

/** A rule for the environment variables of each function that serves requests. */
const apiFunctionRule = (
  name: string,
  passes: (variables: Attributes, environment: ReturnType<typeof getEnvironment>) => boolean,
): Rule =>
  resourceRule(
    name,
    "aws_lambda_function",
    ({ stack, attributes }) =>
      isScheduled(attributes) ||
      isPreTraffic(attributes) ||
      passes(attributes.environment?.variables ?? {}, getEnvironment(stack)),
  );

export const minimumAppVersions = apiFunctionRule(
  "functions have the environment's minimum app version",
  (values, { minimumAppVersion }) => values[variables.minimumAppVersion] === minimumAppVersion,
);

export const restrictedOrigins = apiFunctionRule(
  "functions allow the environment's origins only, each by https and without a wildcard",
  (values, { corsOrigins }) =>
    values[variables.corsOrigins] === corsOrigins.join(",") &&
    corsOrigins.every((origin) => /^https:\/\/[a-z.-]+$/.test(origin)),
);
