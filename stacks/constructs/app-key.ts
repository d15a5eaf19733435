import { ApiGatewayApiKey } from "@cdktf/provider-aws/lib/api-gateway-api-key/index.js";
import { ApiGatewayUsagePlan } from "@cdktf/provider-aws/lib/api-gateway-usage-plan/index.js";
import { ApiGatewayUsagePlanKey } from "@cdktf/provider-aws/lib/api-gateway-usage-plan-key/index.js";
import { Construct } from "constructs";
import type { RestApi } from "./rest-api.ts";

export interface AppKeyProps {
  readonly name: string;
  readonly api: RestApi;
  /** Steady rate of all holders of the key together, in requests per second. */
  readonly requestsPerSecond: number;
  /** Requests that may come at once above the steady rate. */
  readonly burst: number;
  /** Requests that all holders of the key may make in a day, together. */
  readonly requestsPerDay: number;
}

/**
 * The API key that the mobile app carries, and the usage plan that bounds what its holders may ask. The key tells our
 * app from strangers and is no secret: whoever unpacks the app can read it. It proves nothing about a user.
 */
export class AppKey extends Construct {
  constructor(scope: Construct, id: string, props: AppKeyProps) {
    super(scope, id);
    const { name, api } = props;
    const key = new ApiGatewayApiKey(this, "key", {
      name,
      description: "Carried by the mobile app",
      // Every installed app holds it: a new one would lock them all out.
      lifecycle: { preventDestroy: true },
    });
    const plan = new ApiGatewayUsagePlan(this, "plan", {
      name,
      description: "The mobile app",
      apiStages: [{ apiId: api.api.id, stage: api.stage.stageName }],
      throttleSettings: { rateLimit: props.requestsPerSecond, burstLimit: props.burst },
      quotaSettings: { limit: props.requestsPerDay, period: "DAY" },
    });
    new ApiGatewayUsagePlanKey(this, "plan-key", { keyId: key.id, keyType: "API_KEY", usagePlanId: plan.id });
  }
}
