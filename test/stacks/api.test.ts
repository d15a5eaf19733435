import { boundedUse, guardedStages, keyedMethods, openRoutes, restrictedOrigins } from "./rules/api.ts";
import { first, resources } from "./rules/resources.ts";
import { prove } from "./rules/rule.ts";

describe("the API of the stacks", () => {
  prove(keyedMethods, {
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

  prove(openRoutes, {
    "a health check that asks for a key": (stacks) => {
      for (const { attributes } of resources(stacks, "aws_api_gateway_method")) {
        attributes.api_key_required = true;
      }
    },
  });

  prove(boundedUse, {
    "a key without a plan": (stacks) => {
      first(stacks, "aws_api_gateway_usage_plan_key").key_id = "another";
    },
    "a plan without a quota": (stacks) => {
      delete first(stacks, "aws_api_gateway_usage_plan").quota_settings;
    },
    "a stage without a rate": (stacks) => {
      delete first(stacks, "aws_api_gateway_method_settings").settings.throttling_rate_limit;
    },
  });

  prove(guardedStages, {
    "a stage without a WAF": (stacks) => {
      first(stacks, "aws_wafv2_web_acl_association").resource_arn = "another";
    },
    "a WAF that only counts": (stacks) => {
      first(stacks, "aws_wafv2_web_acl").rule[0].action = { count: {} };
    },
  });

  prove(restrictedOrigins, {
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
