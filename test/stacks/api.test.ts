import type { Stacks } from "../support/synthesize.ts";
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
import { first, resources } from "./rules/resources.ts";
import { testRule } from "./rules/rule.ts";

/** How often the first API checks its dependencies. */
const readiness = (stacks: Stacks) =>
  resources(stacks, "aws_api_gateway_method_settings").find(
    ({ attributes }) => attributes.method_path === "~1health~1ready/ANY",
  )!.attributes;

describe("the API of the stacks", () => {
  testRule(keyedMethods, {
    "a method without a key": (stacks) => {
      for (const { attributes } of resources(stacks, "aws_api_gateway_method")) {
        attributes.api_key_required = false;
      }
    },
    "another path below /health without a key": (stacks) => {
      const [live] = resources(stacks, "aws_api_gateway_resource").filter(
        ({ attributes }) => attributes.path_part === "live",
      );
      live!.attributes.path_part = "{proxy+}";
    },
  });

  testRule(openRoutes, {
    "a health check that asks for a key": (stacks) => {
      for (const { attributes } of resources(stacks, "aws_api_gateway_method")) {
        attributes.api_key_required = true;
      }
    },
  });

  testRule(boundedUse, {
    "a key without a plan": (stacks) => {
      first(stacks, "aws_api_gateway_usage_plan_key").key_id = "another";
    },
    "a plan with a quota": (stacks) => {
      first(stacks, "aws_api_gateway_usage_plan").quota_settings = { limit: 1_000, period: "DAY" };
    },
    "a plan without a rate": (stacks) => {
      delete first(stacks, "aws_api_gateway_usage_plan").throttle_settings;
    },
    "a stage without a rate": (stacks) => {
      for (const { attributes } of resources(stacks, "aws_api_gateway_method_settings")) {
        attributes.method_path = attributes.method_path.replace("*/*", "~1v1~1users~1{proxy+}/ANY");
      }
    },
  });

  testRule(tighterAuth, {
    "logins at the rate of the API": (stacks) => {
      for (const { attributes } of resources(stacks, "aws_api_gateway_method_settings")) {
        attributes.settings.throttling_rate_limit = 50;
      }
    },
    "a rate on another path": (stacks) => {
      for (const { attributes } of resources(stacks, "aws_api_gateway_method_settings")) {
        attributes.method_path = attributes.method_path.replace("auth", "users");
      }
    },
  });

  testRule(boundedReadiness, {
    "checks at the rate of the API": (stacks) => {
      readiness(stacks).method_path = "~1health~1live/ANY";
    },
    "a rate that one address can use up": (stacks) => {
      readiness(stacks).settings.throttling_rate_limit = 2;
    },
  });

  testRule(readableGatewayResponses, {
    "a refusal that no page can read": (stacks) => {
      delete first(stacks, "aws_api_gateway_gateway_response").response_parameters[
        "gatewayresponse.header.Access-Control-Allow-Origin"
      ];
    },
    "a refusal that names whoever asked": (stacks) => {
      first(stacks, "aws_api_gateway_gateway_response").response_parameters[
        "gatewayresponse.header.Access-Control-Allow-Origin"
      ] = "method.request.header.Origin";
    },
    "a refusal that lets cookies in": (stacks) => {
      first(stacks, "aws_api_gateway_gateway_response").response_parameters[
        "gatewayresponse.header.Access-Control-Allow-Credentials"
      ] = "'true'";
    },
    "a refusal that is plain JSON": (stacks) => {
      delete first(stacks, "aws_api_gateway_gateway_response").response_parameters[
        "gatewayresponse.header.Content-Type"
      ];
    },
    "a type from elsewhere": (stacks) => {
      const { response_templates } = first(stacks, "aws_api_gateway_gateway_response");
      response_templates["application/json"] = response_templates["application/json"].replace(
        "ecobeat.app",
        "x.y",
      );
    },
    "a missing key that is refused in API Gateway's words": (stacks) => {
      for (const { attributes } of resources(stacks, "aws_api_gateway_gateway_response")) {
        attributes.response_type = attributes.response_type.replace("INVALID_API_KEY", "ACCESS_DENIED");
      }
    },
    "a deployment that does not wait": (stacks) => {
      first(stacks, "aws_api_gateway_deployment").depends_on = [];
    },
  });

  testRule(minimumAppVersions, {
    "another version": (stacks) => {
      first(stacks, "aws_lambda_function").environment.variables.MINIMUM_APP_VERSION = "9.0.0";
    },
    "no version": (stacks) => {
      delete first(stacks, "aws_lambda_function").environment.variables.MINIMUM_APP_VERSION;
    },
  });

  testRule(restrictedOrigins, {
    "every origin": (stacks) => {
      first(stacks, "aws_lambda_function").environment.variables.CORS_ORIGINS = "*";
    },
    "one origin more than the table has": (stacks) => {
      first(stacks, "aws_lambda_function").environment.variables.CORS_ORIGINS += ",https://example.com";
    },
    "no origin at all": (stacks) => {
      delete first(stacks, "aws_lambda_function").environment.variables.CORS_ORIGINS;
    },
  });
});
