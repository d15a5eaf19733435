import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { Alarm } from "./alarm.ts";
import type { AlertTopic } from "./alert-topic.ts";
import { getSecurityEventMetric, getServiceMetric } from "./service-metrics.ts";

export interface ServiceAlarmsProps {
  readonly topic: AlertTopic;
}

/** Failed logins, below which their share says nothing. */
const fewestForShare = 50;

/**
 * Alarms on what the service measures itself: attacks on accounts, and waits inside a request.
 *
 * ```ts
 * new ServiceAlarms(this, "service-alarms", {
 *   topic: foundation.alertTopic,
 * });
 * ```
 */
export class ServiceAlarms extends Construct {
  constructor(scope: Construct, id: string, { topic }: ServiceAlarmsProps) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    new Alarm(this, "login-failures", {
      name: stack.resourceName("login-failures"),
      summary: "More than half of all logins have a wrong password: somebody tries passwords.",
      runbook: "accounts",
      metric: {
        expression: `IF(failed >= ${fewestForShare}, 100 * failed / (failed + FILL(succeeded, 0)), 0)`,
        metrics: {
          failed: getSecurityEventMetric("login_failed"),
          succeeded: getServiceMetric("Logins", "Sum"),
        },
      },
      threshold: 50,
      periodSeconds: 300,
      // After a change of the app everybody may log in at once; not for ten minutes, and mostly with the right password.
      evaluationPeriods: 2,
      topic,
    });
    new Alarm(this, "token-reuse", {
      name: stack.resourceName("token-reuse"),
      summary:
        "Refresh tokens come back after they were used: somebody has copies, or the app keeps old ones.",
      runbook: "accounts",
      metric: getSecurityEventMetric("refresh_token_reused"),
      // A phone that was restored from a backup is one.
      threshold: 3,
      periodSeconds: 900,
      topic,
    });
    new Alarm(this, "signing", {
      name: stack.resourceName("signing"),
      summary: "Signing an access token takes more than 500 ms on average: logins and refreshes are slow.",
      runbook: "high-latency",
      metric: getServiceMetric("SignDuration", "Average"),
      // In ms. KMS takes some ten, and a call that is tried again some hundred.
      threshold: 500,
      periodSeconds: 60,
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
      topic,
    });
    new Alarm(this, "database-wait", {
      name: stack.resourceName("database-wait"),
      summary: "Requests wait more than a second for a connection to the database.",
      runbook: "database",
      metric: getServiceMetric("DatabasePoolWait", "Average"),
      // In ms. To make a connection takes some hundred, and after 2 s of waiting the request fails.
      threshold: 1_000,
      periodSeconds: 60,
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
      topic,
    });
  }
}
