import { expect } from "chai";
import { docsRoute, linksRoute, variables } from "../../service/contract.ts";
import { gatewayProblems } from "../../service/openapi/gateway-problems.ts";
import { problems } from "../../service/platform/problems.ts";
import { apiVersions, isAuthPath, routesWithoutApiKey } from "../../service/routes.ts";
import type { ServiceFunction } from "../../stacks/constructs/functions/service-function.ts";
import { production } from "../../stacks/environments/production.ts";
import { toServiceRoutes } from "../../stacks/service-routes.ts";
import type { Attributes, StackJson } from "../support/synthesize.ts";
import { isMailSender, isPreTraffic, isScheduled, isSmokeTest, isSupport } from "./rules/async-invocations.ts";
import {
  type Change,
  changeAll,
  changeFirst,
  getStackEnvironment,
  referring,
  replaceInAll,
  resources,
} from "./rules/resources.ts";
import { allStacks, type Rule, resourceRule, rulesByType, testRule } from "./rules/rule.ts";
import { problemTypeBase } from "./rules/web-acl.ts";

const getAll = (stack: StackJson, type: string): Attributes[] => Object.values(stack.resource[type] ?? {});

/** Path of a resource of the API by the reference to its id. */
function toPath(stack: StackJson, reference: string): string {
  const id = /^\$\{aws_api_gateway_resource\.([\w-]+)\.id\}$/.exec(reference)?.[1];
  if (id === undefined) return "";
  const { parent_id, path_part } = stack.resource.aws_api_gateway_resource![id]!;
  return `${toPath(stack, parent_id)}/${path_part}`;
}

/** In an environment that has all of them. */
const routesWithoutKey: readonly string[] = [...routesWithoutApiKey, docsRoute, `${linksRoute}/{proxy+}`];

const keyedMethods = resourceRule(
  `every method of the API requires an API key, except OPTIONS and those on ${routesWithoutKey.join(", ")}`,
  "aws_api_gateway_method",
  ({ stack, attributes }) =>
    attributes.http_method === "OPTIONS" ||
    routesWithoutKey.includes(toPath(stack, attributes.resource_id)) ||
    attributes.api_key_required === true,
);

const openRoutes = resourceRule(
  "the routes without an API key exist, so that no proxy route around them requires one",
  "aws_api_gateway_rest_api",
  ({ stack }) => {
    const open = getAll(stack, "aws_api_gateway_method")
      .filter(({ http_method, api_key_required }) => http_method === "ANY" && api_key_required === false)
      .map(({ resource_id }) => toPath(stack, resource_id));
    return [...routesWithoutApiKey, `${linksRoute}/{proxy+}`].every((route) => open.includes(route));
  },
);

const getRate = (stack: StackJson, methodPath: string): number =>
  getAll(stack, "aws_api_gateway_method_settings").find(({ method_path }) => method_path === methodPath)?.settings
    .throttling_rate_limit;

const boundedUse = rulesByType(
  "every stage has a rate limit, and every API key a usage plan with a rate and without a quota, which an attacker could exhaust for all users",
  {
    aws_api_gateway_api_key: (key) => referring(key, "aws_api_gateway_usage_plan_key", "key_id").length > 0,
    aws_api_gateway_usage_plan: ({ attributes: { throttle_settings: throttle, quota_settings } }) =>
      throttle?.rate_limit > 0 && throttle.burst_limit > 0 && quota_settings === undefined,
    aws_api_gateway_stage: (stage) =>
      referring(stage, "aws_api_gateway_method_settings", "stage_name").some(
        ({ method_path, settings }) => method_path === "*/*" && settings.throttling_rate_limit > 0,
      ),
  },
);

const tighterAuth = resourceRule(
  "the routes of login, and the pages that hash passwords as they do, have a lower rate than the whole API",
  "aws_api_gateway_stage",
  ({ stack }) =>
    ["~1v1~1auth~1{proxy+}/ANY", "~1links~1{proxy+}/ANY"].every((path) => getRate(stack, path) < getRate(stack, "*/*")),
);

const boundedReadiness = resourceRule(
  "the readiness check has a lower rate than the API, and a higher one than a single address may use",
  "aws_api_gateway_stage",
  ({ stack }) => {
    const { requestsPerSecond, requestsPerAddress } = getStackEnvironment(stack).api;
    const rate = getRate(stack, "~1health~1ready/ANY");
    return rate < requestsPerSecond && rate > requestsPerAddress / 300;
  },
);

const requiredResponseTypes = ["DEFAULT_4XX", "DEFAULT_5XX", "INVALID_API_KEY", "THROTTLED", "WAF_FILTERED"];

const readableGatewayResponses = rulesByType(
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
      const types = getAll(stack, "aws_api_gateway_gateway_response").map(({ response_type }) => response_type);
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
  passes: (variables: Attributes, environment: ReturnType<typeof getStackEnvironment>) => boolean,
): Rule =>
  resourceRule(
    name,
    "aws_lambda_function",
    ({ stack, attributes }) =>
      [isScheduled, isPreTraffic, isSmokeTest, isMailSender, isSupport].some((is) => is(attributes)) ||
      passes(attributes.environment?.variables ?? {}, getStackEnvironment(stack)),
  );

const minimumAppVersions = apiFunctionRule(
  "functions have the environment's minimum app version",
  (values, { minimumAppVersion }) => values[variables.minimumAppVersion] === minimumAppVersion,
);

const restrictedOrigins = apiFunctionRule(
  "functions allow the environment's origins only, each by https and without a wildcard",
  (values, { corsOrigins }) =>
    values[variables.corsOrigins] === corsOrigins.join(",") &&
    corsOrigins.every((origin) => /^https:\/\/[a-z.-]+$/.test(origin)),
);

const settings = "aws_api_gateway_method_settings";

const replacePath = (from: string, to: string) => replaceInAll(settings, "method_path", from, to);

const gatewayResponse = (change: Change) => changeFirst("aws_api_gateway_gateway_response", change);

/** Changes a header of the first gateway response. */
const header = (name: string, value: string | undefined) =>
  gatewayResponse(({ response_parameters }) =>
    Object.assign(response_parameters, { [`gatewayresponse.header.${name}`]: value }),
  );

/** Changes an environment variable of the first function. */
const variable = (name: string, value: string | undefined) =>
  changeFirst("aws_lambda_function", ({ environment }) => Object.assign(environment.variables, { [name]: value }));

describe("the API of the stacks", () => {
  testRule(keyedMethods, {
    "a method without a key": changeAll("aws_api_gateway_method", { api_key_required: false }),
    "another path below /health without a key": replaceInAll(
      "aws_api_gateway_resource",
      "path_part",
      "live",
      "{proxy+}",
    ),
  });

  testRule(openRoutes, {
    "a health check that requires a key": changeAll("aws_api_gateway_method", { api_key_required: true }),
  });

  testRule(boundedUse, {
    "a key without a plan": changeFirst("aws_api_gateway_usage_plan_key", { key_id: "another" }),
    "a plan with a quota": changeFirst("aws_api_gateway_usage_plan", {
      quota_settings: { limit: 1_000, period: "DAY" },
    }),
    "a plan without a rate": changeFirst("aws_api_gateway_usage_plan", { throttle_settings: undefined }),
    "a stage without a rate": replacePath("*/*", "~1v1~1users~1{proxy+}/ANY"),
  });

  testRule(tighterAuth, {
    "logins at the rate of the API": changeAll(settings, { "settings.throttling_rate_limit": 50 }),
    "a rate on another path": replacePath("auth", "users"),
    "pages at the rate of the API": replacePath("links", "users"),
  });

  it("gives each version of the API the functions and rates of the first", () => {
    const [auth, api] = [{}, {}] as [ServiceFunction, ServiceFunction];
    const rate = production.api.auth;
    const byPath = new Map(
      toServiceRoutes({ auth, api }, production.api, ["v1", "v2"]).map(({ path, ...route }) => [path, route]),
    );
    for (const version of ["v1", "v2"]) {
      const [logins, others] = [`/${version}/auth/{proxy+}`, `/${version}/{proxy+}`].map((path) => byPath.get(path));
      expect([logins?.function === auth, logins?.rate]).to.deep.equal([true, rate]);
      expect([others?.function === api, others?.rate]).to.deep.equal([true, undefined]);
    }
    expect([byPath.get("/links/{proxy+}")?.function === auth, byPath.get("/links/{proxy+}")?.rate]).to.deep.equal([
      true,
      rate,
    ]);
    const paths = ["/v1/auth/login", "/v10/auth/login", "/links/reset-password", "/v2/users/me", "/v1/links/x"];
    expect(paths.map(isAuthPath)).to.deep.equal([true, true, true, false, false]);
    expect(apiVersions).to.deep.equal(["v1"]);
  });

  testRule(boundedReadiness, {
    "checks at the rate of the API": replacePath("ready", "live"),
    "a rate that one address can use up": changeAll(settings, { "settings.throttling_rate_limit": 2 }),
  });

  testRule(readableGatewayResponses, {
    "a response without CORS": header("Access-Control-Allow-Origin", undefined),
    "a response for the caller's origin only": header("Access-Control-Allow-Origin", "method.request.header.Origin"),
    "a response that allows cookies": header("Access-Control-Allow-Credentials", "'true'"),
    "a response of plain JSON": header("Content-Type", undefined),
    "a type of another domain": gatewayResponse(({ response_templates: templates }) => {
      templates["application/json"] = templates["application/json"].replace("ecobeat.app", "x.y");
    }),
    "API Gateway's response to a missing key": replaceInAll(
      "aws_api_gateway_gateway_response",
      "response_type",
      "INVALID_API_KEY",
      "ACCESS_DENIED",
    ),
    "a deployment without the responses": changeFirst("aws_api_gateway_deployment", { depends_on: [] }),
  });

  testRule(minimumAppVersions, {
    "another version": variable("MINIMUM_APP_VERSION", "9.0.0"),
    "no version": variable("MINIMUM_APP_VERSION", undefined),
  });

  testRule(restrictedOrigins, {
    "every origin": variable("CORS_ORIGINS", "*"),
    "an origin that the environment does not have": variable("CORS_ORIGINS", "https://ecobeat.app,https://example.com"),
    "no origin at all": variable("CORS_ORIGINS", undefined),
  });

  it("respond with the problems of the OpenAPI document where API Gateway responds itself", () => {
    const responses = Object.fromEntries(
      resources(allStacks(), "aws_api_gateway_gateway_response").map(
        ({ attributes: { response_type, response_templates } }) => [
          response_type,
          JSON.parse(response_templates["application/json"]),
        ],
      ),
    );
    for (const [name, { type, title, detail }] of Object.entries({
      INVALID_API_KEY: problems.apiKeyRefused(),
      MISSING_AUTHENTICATION_TOKEN: problems.routeNotFound(),
      REQUEST_TOO_LARGE: problems.bodyTooLarge(),
      WAF_FILTERED: gatewayProblems.requestBlocked(),
      INTEGRATION_TIMEOUT: gatewayProblems.timedOut(),
      DEFAULT_4XX: problems.malformedRequest(),
      DEFAULT_5XX: problems.internal(undefined),
    })) {
      expect(responses[name], name).to.include({ type, title, detail });
    }
  });
});
