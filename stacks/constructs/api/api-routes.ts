import { ApiGatewayIntegration } from "@cdktf/provider-aws/lib/api-gateway-integration/index.js";
import { ApiGatewayMethod } from "@cdktf/provider-aws/lib/api-gateway-method/index.js";
import { ApiGatewayResource } from "@cdktf/provider-aws/lib/api-gateway-resource/index.js";
import type { ApiGatewayRestApi } from "@cdktf/provider-aws/lib/api-gateway-rest-api/index.js";
import type { TerraformResource } from "cdktf";
import { Construct } from "constructs";
import { ConstructError } from "../../errors.ts";
import type { ServiceFunction } from "../functions/service-function.ts";

/** How many requests API Gateway accepts, in a token bucket. */
export interface RouteRate {
  /** Steady rate, in requests per second. */
  readonly requestsPerSecond: number;
  /** Size of the bucket: requests that may arrive at the same time above the steady rate. */
  readonly burst: number;
}

/** A path of the API and the function that handles every method on it. */
export interface ApiRoute {
  /** Such as `/v1/auth/{proxy+}`, where `{proxy+}` matches the rest of the path. */
  readonly path: string;
  readonly function: ServiceFunction;
  /**
   * Whether a request needs an API key. OPTIONS never does, because a browser's preflight request cannot carry one.
   *
   * @default true
   */
  readonly apiKeyRequired?: boolean;
  /**
   * A lower rate for this route.
   *
   * @default the rate of the whole API
   */
  readonly rate?: RouteRate;
}

export interface ApiRoutesProps {
  readonly api: ApiGatewayRestApi;
  readonly routes: readonly ApiRoute[];
}

// API Gateway's maximum without a quota increase:
// https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
const timeoutMilliseconds = 29_000;

/**
 * The routes of a REST API: its tree of resources, and for each route the methods that invoke a function.
 *
 * @example new ApiRoutes(this, "routes", { api, routes: [{ path: "/v1/{proxy+}", function: service }] });
 */
export class ApiRoutes extends Construct {
  /** What a deployment is a snapshot of. */
  readonly terraformResources: readonly TerraformResource[];
  readonly #api: ApiGatewayRestApi;
  readonly #resources = new Map<string, ApiGatewayResource>();

  constructor(scope: Construct, id: string, props: ApiRoutesProps) {
    super(scope, id);
    this.#api = props.api;
    for (const { path } of props.routes) {
      checkPath(path);
    }
    const methods = props.routes.flatMap(({ path, function: target, apiKeyRequired = true }) => [
      { path, httpMethod: "ANY", target, apiKeyRequired },
      ...(apiKeyRequired ? [{ path, httpMethod: "OPTIONS", target, apiKeyRequired: false }] : []),
    ]);
    const added = methods.flatMap((method) => this.#addMethod(method));
    this.terraformResources = [...this.#resources.values(), ...added];
  }

  #addMethod(props: { path: string; httpMethod: string; target: ServiceFunction; apiKeyRequired: boolean }) {
    const { path, httpMethod, target, apiKeyRequired } = props;
    const id = `${httpMethod} ${path}`.replaceAll("/", "|");
    const method = new ApiGatewayMethod(this, id, {
      restApiId: this.#api.id,
      resourceId: this.#resource(path),
      httpMethod,
      // The service authenticates users itself, by access token.
      authorization: "NONE",
      apiKeyRequired,
    });
    const integration = new ApiGatewayIntegration(this, `${id} integration`, {
      restApiId: this.#api.id,
      resourceId: method.resourceId,
      httpMethod: method.httpMethod,
      type: "AWS_PROXY",
      integrationHttpMethod: "POST",
      uri: target.alias.invokeArn,
      timeoutMilliseconds,
    });
    return [method, integration];
  }

  /** Id of the resource at a path; creates it and its parents if they are missing. */
  #resource(path: string): string {
    if (path === "") {
      return this.#api.rootResourceId;
    }
    const existing = this.#resources.get(path);
    if (existing) {
      return existing.id;
    }
    const cut = path.lastIndexOf("/");
    const resource = new ApiGatewayResource(this, path.replaceAll("/", "|"), {
      restApiId: this.#api.id,
      parentId: this.#resource(path.slice(0, cut)),
      pathPart: path.slice(cut + 1),
    });
    this.#resources.set(path, resource);
    return resource.id;
  }
}

function checkPath(path: string): void {
  if (!/^(\/[^/]+)+$/.test(path)) {
    throw new ConstructError("route-path-invalid", {
      what: `The API has the route "${path}".`,
      why: "API Gateway builds a path from segments, each after a slash.",
      action: "Write it as /v1/users/{proxy+}: with a slash before each segment, and none at the end.",
    });
  }
}
