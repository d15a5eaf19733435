import { ApiGatewayIntegration } from "@cdktf/provider-aws/lib/api-gateway-integration/index.js";
import { ApiGatewayMethod } from "@cdktf/provider-aws/lib/api-gateway-method/index.js";
import { ApiGatewayResource } from "@cdktf/provider-aws/lib/api-gateway-resource/index.js";
import type { ApiGatewayRestApi } from "@cdktf/provider-aws/lib/api-gateway-rest-api/index.js";
import { Construct } from "constructs";
import type { ServiceFunction } from "../functions/service-function.ts";
import type { RouteRate } from "./route-rate.ts";

/** A path of the API and the function that answers every method on it. */
export interface ApiRoute {
  /** Such as `/v1/auth/{proxy+}`, where `{proxy+}` stands for whatever follows. */
  readonly path: string;
  readonly function: ServiceFunction;
  /**
   * Whether a request needs an API key. A browser sends an OPTIONS preflight before it sends one, and cannot send the key
   * with that question: OPTIONS never needs one.
   *
   * @default true
   */
  readonly apiKeyRequired?: boolean;
  /**
   * A tighter rate for this route alone.
   *
   * @default the rate of the whole API
   */
  readonly rate?: RouteRate;
}

export interface ApiRoutesProps {
  readonly api: ApiGatewayRestApi;
  readonly routes: readonly ApiRoute[];
}

// The longest that API Gateway waits, unless AWS raises the quota:
// https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
const timeoutMilliseconds = 29_000;

/**
 * The routes of a REST API: its tree of resources, and on each route the methods that pass requests on to a function.
 *
 * ```ts
 * new ApiRoutes(this, "routes", {
 *   api, routes: [{ path: "/v1/{proxy+}", function: service }],
 * });
 * ```
 */
export class ApiRoutes extends Construct {
  /** What a deployment must wait for. */
  readonly terraformResources: ReadonlyArray<ApiGatewayMethod | ApiGatewayIntegration>;
  /** All that decides how the routes behave, as text: when it changes, the API must be deployed anew. */
  readonly definition: string;
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
    this.terraformResources = methods.flatMap((method) => this.#addMethod(method));
    this.definition = JSON.stringify([
      timeoutMilliseconds,
      methods.map(({ target, ...method }) => ({ ...method, function: target.node.id })),
    ]);
  }

  #addMethod(props: { path: string; httpMethod: string; target: ServiceFunction; apiKeyRequired: boolean }) {
    const { path, httpMethod, target, apiKeyRequired } = props;
    const id = `${httpMethod} ${path}`.replaceAll("/", "|");
    const method = new ApiGatewayMethod(this, id, {
      restApiId: this.#api.id,
      resourceId: this.#resource(path),
      httpMethod,
      // Who the user is, the service finds out by itself, from the access token.
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

  /** Id of the resource at a path; makes it, and those above it, when missing. */
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
    throw new Error(
      `The API is to have the route "${path}". API Gateway knows a path by its parts, each after a slash. Write it as ` +
        "/v1/users/{proxy+}: with a slash before each part, and none at the end.",
    );
  }
}
