import { ApiGatewayDeployment } from "@cdktf/provider-aws/lib/api-gateway-deployment/index.js";
import { ApiGatewayMethodSettings } from "@cdktf/provider-aws/lib/api-gateway-method-settings/index.js";
import { ApiGatewayRestApi } from "@cdktf/provider-aws/lib/api-gateway-rest-api/index.js";
import { ApiGatewayStage } from "@cdktf/provider-aws/lib/api-gateway-stage/index.js";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission/index.js";
import { Lazy, type TerraformResource } from "cdktf";
import { Construct } from "constructs";
import { productName } from "../../../service/company.ts";
import { minimumCompressedBytes } from "../../../service/contract.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { LogGroup } from "../observability/log-group.ts";
import type { Metric } from "../observability/metric.ts";
import { apiLogPrefix } from "./api-log-delivery.ts";
import { type ApiRoute, ApiRoutes, type RouteRate } from "./api-routes.ts";
import { requireTls } from "./api-tls.ts";
import { GatewayProblems } from "./gateway-problems.ts";

/** The rate applies to each route without a rate of its own. */
export interface RestApiProps extends RouteRate {
  readonly routes: readonly ApiRoute[];
  /**
   * Whether clients reach it under its name of API Gateway, because it has no other.
   *
   * @default false
   */
  readonly executeApiEndpoint?: boolean;
}

const stageName = "live";

// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
// The route instead of the path, which names what the user looked at; no address, user agent or key.
const accessLogFields = {
  requestId: "$context.requestId",
  requestTime: "$context.requestTime",
  httpMethod: "$context.httpMethod",
  route: "$context.resourcePath",
  protocol: "$context.protocol",
  tlsVersion: "$context.tlsVersion",
  status: "$context.status",
  responseLength: "$context.responseLength",
  latencyMs: "$context.responseLatency",
  integrationLatencyMs: "$context.integration.latency",
  integrationStatus: "$context.integration.integrationStatus",
  wafStatus: "$context.waf.status",
  wafResponseCode: "$context.wafResponseCode",
  wafLatencyMs: "$context.waf.latency",
  errorType: "$context.error.responseType",
  traceId: "$context.xrayTraceId",
};

/**
 * A regional REST API in front of functions, with one stage, `live`. Unless it says otherwise, only its custom domain name reaches
 * it, because the `execute-api` endpoint is disabled. It writes an access log without personal data, X-Ray traces and metrics. Billed by
 * request.
 *
 * @example
 * new RestApi(this, "rest-api", {
 *   routes: [{ path: "/{proxy+}", function: service }], requestsPerSecond: 50, burst: 100,
 * });
 */
export class RestApi extends Construct {
  readonly api: ApiGatewayRestApi;
  readonly stage: ApiGatewayStage;
  readonly accessLog: LogGroup;
  readonly #name: string;

  constructor(scope: Construct, id: string, props: RestApiProps) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    const name = stack.resourceName("api");
    this.#name = name;
    this.api = new ApiGatewayRestApi(this, "api", {
      name,
      description: `${productName} API, ${stack.environment.name}`,
      endpointConfiguration: { types: ["REGIONAL"] },
      disableExecuteApiEndpoint: !props.executeApiEndpoint,
      minimumCompressionSize: `${minimumCompressedBytes}`,
    });
    requireTls(this.api);
    const routes = new ApiRoutes(this, "routes", { api: this.api, routes: props.routes });

    const gatewayProblems = new GatewayProblems(this, "problems", { api: this.api });
    const parts = [...routes.terraformResources, ...gatewayProblems.terraformResources];
    const deployment = new ApiGatewayDeployment(this, "deployment", {
      restApiId: this.api.id,
      // A deployment is a snapshot of these resources. Without a trigger, changes to them have no effect. A removed route is an
      // exception: Terraform deletes it only after the new deployment, which still has it. See CONTRIBUTING.md.
      // https://github.com/pulumi/pulumi-aws/issues/3289
      triggers: { snapshot: this.#toDigest([this.api, ...parts], props.routes) },
      dependsOn: parts,
      lifecycle: { createBeforeDestroy: true },
    });
    this.accessLog = new LogGroup(this, "access-log", { name: `${apiLogPrefix}${name}` });
    this.stage = new ApiGatewayStage(this, "stage", {
      restApiId: this.api.id,
      deploymentId: deployment.id,
      stageName,
      xrayTracingEnabled: true,
      accessLogSettings: { destinationArn: this.accessLog.arn, format: JSON.stringify(accessLogFields) },
    });
    const overall = this.#limit("settings", "*/*", props);
    for (const { path, rate } of props.routes) {
      if (rate) {
        // If the settings for all routes were applied later, they would overwrite it.
        this.#limit(
          `settings-${path.replaceAll("/", "|")}`,
          `${path.replaceAll("/", "~1")}/ANY`,
          rate,
        ).node.addDependency(overall);
      }
    }

    for (const target of new Set(props.routes.map((route) => route.function))) {
      new LambdaPermission(this, `invoke-${target.node.id}`, {
        statementId: "api-gateway",
        action: "lambda:InvokeFunction",
        principal: "apigateway.amazonaws.com",
        functionName: target.alias.functionName,
        qualifier: target.alias.name,
        sourceArn: `${this.api.executionArn}/${this.stage.stageName}/*`,
      });
    }
  }

  /** Its URL under the `execute-api` name, without a trailing slash. */
  get executeApiUrl(): string {
    return `https://${this.api.id}.execute-api.${EcobeatStack.of(this).region}.amazonaws.com/${stageName}`;
  }

  /**
   * A metric of the stage:
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
   */
  metric(name: string, statistic: string): Metric {
    return { namespace: "AWS/ApiGateway", name, dimensions: { ApiName: this.#name, Stage: stageName }, statistic };
  }

  /**
   * @param methodPath a path with `~1` for each slash, and a method: `~1v1~1auth~1{proxy+}/ANY`. Terraform passes it on
   * as it is: https://github.com/hashicorp/terraform-provider-aws/issues/9738
   */
  #limit(id: string, methodPath: string, rate: RouteRate): ApiGatewayMethodSettings {
    return new ApiGatewayMethodSettings(this, id, {
      restApiId: this.api.id,
      stageName: this.stage.stageName,
      methodPath,
      settings: {
        metricsEnabled: true,
        throttlingRateLimit: rate.requestsPerSecond,
        throttlingBurstLimit: rate.burst,
        // Execution logs contain headers and bodies, in a log group that API Gateway creates itself.
        loggingLevel: "OFF",
        dataTraceEnabled: false,
      },
    });
  }

  /**
   * A digest of the attributes of resources, as of the end of the synthesis. An integration refers to its function by the construct's
   * id: the digest also contains the name of the function and its alias, so that it changes with them.
   */
  #toDigest(resources: readonly TerraformResource[], routes: readonly ApiRoute[]): string {
    return Lazy.stringValue({
      produce: (context) => {
        const attributes = resources.map((resource) => context.resolve(resource.toTerraform()));
        const targets = routes.map((route) => [route.function.name, route.function.alias.nameInput]);
        return EcobeatStack.of(this).toDigest(JSON.stringify([attributes, targets]));
      },
    });
  }
}
