import { Construct } from "constructs";
import { ApiAlarms } from "../api/api-alarms.ts";
import type { RestApi } from "../api/rest-api.ts";
import type { Cache } from "../cache/cache.ts";
import type { WebAclRef } from "../edge/web-acl.ts";
import type { ReleasedFunction } from "../functions/code-deploy.ts";
import { FunctionAlarms } from "../functions/function-alarms.ts";
import { FunctionMetrics } from "../functions/function-metrics.ts";
import type { ServiceFunction } from "../functions/service-function.ts";
import type { Alarm } from "./alarm.ts";
import type { AlertTopic } from "./alert-topic.ts";
import { ErrorTracking } from "./error-tracking.ts";
import { ServiceQueries } from "./saved-queries.ts";
import { ServiceAlarms } from "./service-alarms.ts";
import { ServiceDashboard } from "./service-dashboard.ts";

export interface ServiceObservabilityProps {
  readonly api: RestApi;
  /** The functions behind the API. */
  readonly functions: readonly [ServiceFunction, ...ServiceFunction[]];
  readonly cache: Cache;
  readonly webAcls: readonly WebAclRef[];
  readonly topic: AlertTopic;
  /** All alarms of the environment, in any region, as of the end of the synthesis. */
  readonly alarms: () => readonly Alarm[];
}

/**
 * Alarms, errors by fingerprint, saved queries and a dashboard for an API and its functions.
 *
 * Costs about $8 a month idle.
 *
 * @example
 * new ServiceObservability(this, "observability", {
 *   api, functions: [auth, api], cache, webAcls, topic, alarms: () => alarms,
 * });
 */
export class ServiceObservability extends Construct {
  /** The functions, each with the alarms that stop its deployments. */
  readonly released: readonly ReleasedFunction[];

  constructor(scope: Construct, id: string, props: ServiceObservabilityProps) {
    super(scope, id);
    const { api, functions, topic } = props;
    const observed = functions.map((each) => {
      const metrics = new FunctionMetrics(this, `${each.node.id}-metrics`, { function: each });
      const alarms = new FunctionAlarms(this, `${each.node.id}-alarms`, { function: each, metrics, topic });
      return { function: each, metrics, alarms };
    });
    const apiAlarms = new ApiAlarms(this, "rest-api-alarms", { api, topic });
    this.released = observed.map(({ function: each, alarms }) => ({
      function: each,
      alarms: [...alarms.deploymentAlarms, ...apiAlarms.alarms],
    }));
    new ServiceAlarms(this, "service-alarms", { topic });
    const [first, ...others] = functions;
    const logs = [first.log, ...others.map(({ log }) => log)] as const;
    new ServiceQueries(this, "queries", { functions: logs, access: api.accessLog });
    new ServiceDashboard(this, "dashboard", {
      ...props,
      functions: observed.map(({ metrics }) => metrics),
      errors: new ErrorTracking(this, "errors", { logs }),
    });
  }
}
