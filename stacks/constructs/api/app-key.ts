import { ApiGatewayApiKey } from "@cdktf/provider-aws/lib/api-gateway-api-key/index.js";
import { ApiGatewayUsagePlan } from "@cdktf/provider-aws/lib/api-gateway-usage-plan/index.js";
import { ApiGatewayUsagePlanKey } from "@cdktf/provider-aws/lib/api-gateway-usage-plan-key/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { RouteRate } from "./api-routes.ts";
import type { RestApi } from "./rest-api.ts";

/** The rate applies to all clients with the key together. */
export interface AppKeyProps extends RouteRate {
  readonly api: RestApi;
  /**
   * Whether the key may be deleted, because no installed app contains it.
   *
   * @default false
   */
  readonly isDisposable?: boolean;
}

/**
 * The API key of the mobile app, and the usage plan that limits its requests. The key is not a secret, because anyone who
 * unpacks the app can read it. It does not authenticate a user.
 *
 * The plan has a rate and no quota. A quota counts by key, and all installed apps share one: an attacker who used it up would
 * block every user until midnight.
 *
 * @example new AppKey(this, "app-key", { api, requestsPerSecond: 50, burst: 100 });
 */
export class AppKey extends Construct {
  readonly key: ApiGatewayApiKey;

  constructor(scope: Construct, id: string, props: AppKeyProps) {
    super(scope, id);
    const { api } = props;
    const name = EcobeatStack.of(this).resourceName("app");
    this.key = new ApiGatewayApiKey(this, "key", {
      name,
      description: "Carried by the mobile app",
      // Every installed app contains it: a new key would lock them all out.
      ...(!props.isDisposable && { lifecycle: { preventDestroy: true } }),
    });
    const plan = new ApiGatewayUsagePlan(this, "plan", {
      name,
      description: "The mobile app",
      apiStages: [{ apiId: api.api.id, stage: api.stage.stageName }],
      throttleSettings: { rateLimit: props.requestsPerSecond, burstLimit: props.burst },
    });
    new ApiGatewayUsagePlanKey(this, "plan-key", { keyId: this.key.id, keyType: "API_KEY", usagePlanId: plan.id });
  }
}
