import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { ApiAlarms } from "../api/api-alarms.ts";
import { ApiServiceLevels } from "../api/api-service-levels.ts";
import type { RestApi } from "../api/rest-api.ts";
import type { Cache } from "../cache/cache.ts";
import type { WebAclRef } from "../edge/web-acl.ts";
import type { ReleasedFunction } from "../functions/code-deploy.ts";
import { FunctionAlarms } from "../functions/function-alarms.ts";
import { FunctionMetrics } from "../functions/function-metrics.ts";
import type { ServiceFunction } from "../functions/service-function.ts";
import { Alarm, type CompositeAlarm } from "./alarm.ts";
import type { AlertTopic } from "./alert-topic.ts";
import { CapacityAlarms } from "./capacity-alarms.ts";
import { ErrorTracking } from "./error-tracking.ts";
import { ServiceQueries } from "./saved-queries.ts";
import { ServiceDashboard } from "./service-dashboard.ts";
import { getSecurityEventMetric, getServiceMetric } from "./service-metrics.ts";

export interface ServiceObservabilityProps {
  readonly api: RestApi;
  /** The functions behind the API. */
  readonly functions: readonly [ServiceFunction, ...ServiceFunction[]];
  readonly cache: Cache;
  readonly webAcls: readonly WebAclRef[];
  readonly topic: AlertTopic;
  /** All alarms of the environment that notify, in any region, as of the end of the synthesis. */
  readonly alarms: () => readonly (Alarm | CompositeAlarm)[];
}

/**
 * Alarms, errors by fingerprint, saved queries and a dashboard for an API and its functions.
 *
 * Costs about $13 a month idle.
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
    const { indicators, throttled } = new ApiServiceLevels(this, "service-levels", { api, topic });
    const apiAlarms = new ApiAlarms(this, "rest-api-alarms", { api, topic });
    this.released = observed.map(({ function: each, alarms }) => ({
      function: each,
      alarms: [...alarms.deploymentAlarms, ...apiAlarms.alarms],
    }));
    new ServiceAlarms(this, "service-alarms", topic);
    const metrics = observed.map((each) => each.metrics);
    new CapacityAlarms(this, "capacity-alarms", {
      api,
      throttled,
      auth: metrics[functions.findIndex(({ node }) => node.id === "auth")]!,
      functions: metrics,
      topic,
    });
    const [first, ...others] = functions;
    const logs = [first.log, ...others.map(({ log }) => log)] as const;
    new ServiceQueries(this, "queries", { functions: logs, access: api.accessLog });
    new ServiceDashboard(this, "dashboard", {
      ...props,
      indicators,
      throttled,
      functions: metrics,
      errorRuleName: new ErrorTracking(this, "errors", { logs }).ruleName,
    });
  }
}

/** Failed logins, or requests for a password reset, in five minutes below which their share means nothing. */
const minFailures = 50;

/**
 * Alarms on metrics of the service: attacks on accounts, and slow dependencies.
 */
class ServiceAlarms extends Construct {
  constructor(scope: Construct, id: string, topic: AlertTopic) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    new Alarm(this, "login-failures", {
      name: stack.resourceName("login-failures"),
      summary: "More than half of all logins have a wrong password. An attacker may be guessing passwords.",
      priority: "page",
      runbook: "accounts",
      metric: {
        expression: `IF(failed >= ${minFailures}, 100 * failed / (failed + FILL(succeeded, 0)), 0)`,
        metrics: { failed: getSecurityEventMetric("login_failed"), succeeded: getServiceMetric("Logins", "Sum") },
      },
      threshold: 50,
      periodSeconds: 300,
      // After an app update many users may log in at the same time, but not for ten minutes, and mostly with the right password.
      evaluationPeriods: 2,
      topic,
    });
    new Alarm(this, "password-resets", {
      name: stack.resourceName("password-resets"),
      summary:
        "Passwords are reset as often as users log in. An attacker floods mailboxes, or logins fail for our own fault.",
      priority: "page",
      runbook: "accounts",
      metric: {
        expression: `IF(resets >= ${minFailures}, 100 * resets / (resets + FILL(succeeded, 0)), 0)`,
        metrics: {
          resets: getSecurityEventMetric("password_reset_requested"),
          succeeded: getServiceMetric("Logins", "Sum"),
        },
      },
      threshold: 50,
      periodSeconds: 300,
      // As for passwords: a new app may ask all its users at the same time, but not for ten minutes.
      evaluationPeriods: 2,
      topic,
    });
    new Alarm(this, "token-reuse", {
      name: stack.resourceName("token-reuse"),
      summary: "Refresh tokens are reused. An attacker may have copies, or the app keeps old ones.",
      priority: "page",
      runbook: "accounts",
      metric: getSecurityEventMetric("refresh_token_reused"),
      // A phone that was restored from a backup reuses one. One that lost a response repeats it, which is another event.
      threshold: 3,
      periodSeconds: 900,
      topic,
    });
    new Alarm(this, "signing", {
      name: stack.resourceName("signing"),
      summary: "Signing an access token takes more than 500 ms on average. Logins and refreshes are slow.",
      runbook: "high-latency",
      metric: getServiceMetric("SignDuration", "Average"),
      // In ms. A call to KMS takes about ten, with retries a few hundred.
      threshold: 500,
      periodSeconds: 60,
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
      topic,
    });
    new Alarm(this, "database-wait", {
      name: stack.resourceName("database-wait"),
      summary: "Requests wait more than 1 s on average for a database connection.",
      runbook: "database",
      metric: getServiceMetric("DatabasePoolWait", "Average"),
      // In ms. Opening a connection takes a few hundred. After 2 s the request fails.
      threshold: 1_000,
      periodSeconds: 60,
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
      topic,
    });
  }
}
