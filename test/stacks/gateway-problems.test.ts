import { expect } from "chai";
import { gatewayProblems } from "../../service/openapi/gateway-problems.ts";
import { problems } from "../../service/platform/problems.ts";
import { environments } from "../../stacks/environments/index.ts";
import { synthesize } from "../support/synthesize.ts";

/** Problems of the OpenAPI document by API Gateway's response type. */
const documented = {
  INVALID_API_KEY: problems.apiKeyRefused(),
  MISSING_AUTHENTICATION_TOKEN: problems.routeNotFound(),
  REQUEST_TOO_LARGE: problems.bodyTooLarge(),
  WAF_FILTERED: gatewayProblems.requestBlocked(),
  INTEGRATION_TIMEOUT: gatewayProblems.timedOut(),
  DEFAULT_4XX: problems.malformedRequest(),
  DEFAULT_5XX: problems.internal(undefined),
};

describe("API Gateway's own error responses", () => {
  const { resource } = synthesize([environments.staging])["ecobeat-staging-service"]!;
  const responses = Object.values(resource.aws_api_gateway_gateway_response!);

  for (const [name, { type, title, detail }] of Object.entries(documented)) {
    it(`equal the OpenAPI document: ${name}`, () => {
      const { response_templates } = responses.find(({ response_type }) => response_type === name)!;
      expect(JSON.parse(response_templates["application/json"])).to.include({ type, title, detail });
    });
  }
});
