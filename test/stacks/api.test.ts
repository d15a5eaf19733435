import { expect } from "chai";
import { gatewayProblems } from "../../service/openapi/gateway-problems.ts";
import { problems } from "../../service/platform/problems.ts";
import {
  boundedReadiness,
  boundedUse,
  keyedMethods,
  minimumAppVersions,
  openRoutes,
  readableGatewayResponses,
  restrictedOrigins,
  tighterAuth,
} from "./rules/api.ts";
import { type Change, changeAll, changeFirst, replaceInAll, resources } from "./rules/resources.ts";
import { allStacks, testRule } from "./rules/rule.ts";

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
  changeFirst("aws_lambda_function", ({ environment }) =>
    Object.assign(environment.variables, { [name]: value }),
  );

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
  });

  testRule(boundedReadiness, {
    "checks at the rate of the API": replacePath("ready", "live"),
    "a rate that one address can use up": changeAll(settings, { "settings.throttling_rate_limit": 2 }),
  });

  testRule(readableGatewayResponses, {
    "a response without CORS": header("Access-Control-Allow-Origin", undefined),
    "a response for the caller's origin only": header(
      "Access-Control-Allow-Origin",
      "method.request.header.Origin",
    ),
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
    "an origin that the environment does not have": variable(
      "CORS_ORIGINS",
      "https://ecobeat.app,https://example.com",
    ),
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
