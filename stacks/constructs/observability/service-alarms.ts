import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { Alarm } from "./alarm.ts";
import type { AlertTopic } from "./alert-topic.ts";
import { getSecurityEventMetric, getServiceMetric } from "./service-metrics.ts";

export interface ServiceAlarmsProps {
  readonly topic: AlertTopic;
}

/** Failed logins in five minutes below which their share means nothing. */
const minFailures = 50;

/**
 * Alarms on metrics of the service: attacks on accounts, and slow dependencies.
 *
 * @example new ServiceAlarms(this, "service-alarms", { topic: foundation.alertTopic });
 */
export class ServiceAlarms extends Construct {
  constructor(scope: Construct, id: string, { topic }: ServiceAlarmsProps) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    new Alarm(this, "login-failures", {
      name: stack.resourceName("login-failures"),
      summary: "More than half of all logins have a wrong password. An attacker may be guessing passwords.",
      runbook: "accounts",
      metric: {
        expression: `IF(failed >= ${minFailures}, 100 * failed / (failed + FILL(succeeded, 0)), 0)`,
        metrics: {
          failed: getSecurityEventMetric("login_failed"),
          succeeded: getServiceMetric("Logins", "Sum"),
        },
      },
      threshold: 50,
      periodSeconds: 300,
      // After an app update many users may log in at the same time, but not for ten minutes, and mostly with the right password.
      evaluationPeriods: 2,
      topic,
    });
    new Alarm(this, "token-reuse", {
      name: stack.resourceName("token-reuse"),
      summary: "Refresh tokens are reused. An attacker may have copies, or the app keeps old ones.",
      runbook: "accounts",
      metric: getSecurityEventMetric("refresh_token_reused"),
      // A phone that was restored from a backup reuses one.
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
