import { fileURLToPath } from "node:url";
import { LambdaAlias } from "@cdktf/provider-aws/lib/lambda-alias/index.js";
import { TerraformResource } from "cdktf";
import { expect } from "chai";
import type { ApiRoute } from "../../../../stacks/constructs/api/api-routes.ts";
import { RestApi } from "../../../../stacks/constructs/api/rest-api.ts";
import { ServiceFunction } from "../../../../stacks/constructs/functions/service-function.ts";
import type { EcobeatStack } from "../../../../stacks/ecobeat-stack.ts";
import { synthesizeConstructs } from "../../../support/construct-stack.ts";
import type { Attributes } from "../../../support/synthesize.ts";

const archive = { path: fileURLToPath(import.meta.url), sha256: "Zm9yIHRoZSB0ZXN0cw==" };

interface Case {
  /** Name of the function. */
  readonly name?: string;
  readonly route?: Partial<ApiRoute>;
  /** Changes the constructs around the deployment. */
  readonly change?: (stack: EcobeatStack) => void;
}

/** The deployment of an API with one route. */
function getDeployment({ name = "ecobeat-staging-api", route, change }: Case = {}): Attributes {
  const { resource } = synthesizeConstructs((stack) => {
    const target = new ServiceFunction(stack, "api", {
      name,
      description: "test",
      archive,
      memoryMb: 512,
      timeoutSeconds: 30,
      reservedConcurrency: 1,
      environmentVariables: {},
      permissions: [],
    });
    new RestApi(stack, "rest-api", {
      routes: [{ path: "/v1/{proxy+}", function: target, ...route }],
      requestsPerSecond: 50,
      burst: 100,
    });
    change?.(stack);
  });
  return Object.values(resource.aws_api_gateway_deployment!)[0]!;
}

const getTrigger = (changed?: Case): string => getDeployment(changed).triggers.snapshot;

/** Another alias, for the function's integrations as well. */
const renameAlias: NonNullable<Case["change"]> = (stack) => {
  for (const each of stack.node.findAll()) if (each instanceof LambdaAlias) each.name = "other";
};

/** Overrides an attribute of each resource of a type. */
const override =
  (type: string, attribute: string, value: unknown): NonNullable<Case["change"]> =>
  (stack) => {
    for (const each of stack.node.findAll()) {
      if (TerraformResource.isTerraformResource(each) && each.terraformResourceType === type) {
        each.addOverride(attribute, value);
      }
    }
  };

const snapshotChanges: Readonly<Record<string, Case>> = {
  "another name of the function": { name: "ecobeat-staging-other" },
  "another alias": { change: renameAlias },
  "another path": { route: { path: "/v2/{proxy+}" } },
  "a route without an API key": { route: { apiKeyRequired: false } },
  "another authorization": { change: override("aws_api_gateway_method", "authorization", "AWS_IAM") },
  "another timeout": { change: override("aws_api_gateway_integration", "timeout_milliseconds", 1_000) },
  "another error response": { change: override("aws_api_gateway_gateway_response", "status_code", "418") },
  "another compression": { change: override("aws_api_gateway_rest_api", "minimum_compression_size", "1") },
  "another TLS policy": { change: override("aws_api_gateway_rest_api", "security_policy", "TLS_1_2") },
};

describe("a deployment of the API", () => {
  it("stays with other changes", () => {
    expect(getTrigger()).to.equal(getTrigger({ change: override("aws_lambda_function", "memory_size", 1_024) }));
    expect(getTrigger()).to.equal(getTrigger({ route: { rate: { requestsPerSecond: 10, burst: 20 } } }));
  });

  it("replaces the old one before that is deleted: API Gateway refuses to delete the deployment of a stage", () => {
    expect(getDeployment().lifecycle).to.deep.equal({ create_before_destroy: true });
  });

  for (const [change, values] of Object.entries(snapshotChanges)) {
    it(`is replaced after ${change}`, () => {
      expect(getTrigger(values)).to.not.equal(getTrigger());
    });
  }
});
