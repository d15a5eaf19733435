import type { Attributes } from "../../support/synthesize.ts";
import { getEnvironment, resources } from "./resources.ts";
import { type Rule, resourceRule } from "./rule.ts";

/** Events and metrics with an alert, by kind of cluster. */
const required = {
  flex: ["FLEX_CONNECTIONS_PERCENT", "FLEX_DATA_SIZE_TOTAL"],
  "replica-set": [
    "CONNECTIONS_PERCENT",
    "OPLOG_SLAVE_LAG_MASTER_TIME",
    "REPLICATION_OPLOG_WINDOW_RUNNING_OUT",
    "DISK_PARTITION_SPACE_USED_DATA",
    "CPS_SNAPSHOT_BEHIND",
    "CPS_SNAPSHOT_FALLBACK_FAILED",
  ],
} as const;

export const watchedDatabase: Rule = {
  name: "Atlas has alerts on connections and disk, and for a replica set on lag, oplog window and failed backups",
  check: (stacks) =>
    resources(stacks, "mongodbatlas_project").flatMap(({ address, stack }) => {
      const alerts = Object.values(stack.resource.mongodbatlas_alert_configuration ?? {})
        .filter(({ enabled }) => enabled === true)
        .map(({ event_type, metric_threshold_config: metric }) => metric?.[0].metric_name ?? event_type);
      return required[getEnvironment(stack).database.kind]
        .filter((each) => !alerts.includes(each))
        .map((each) => `${address}: ${each}`);
    }),
};

export const notifyingAlerts = resourceRule(
  "every alert of Atlas notifies all recipients of the environment, and has a threshold if it is on a metric",
  "mongodbatlas_alert_configuration",
  ({ stack, attributes }) => {
    const { emails, webhookUrl } = getEnvironment(stack).alerts;
    const { event_type, notification, metric_threshold_config, threshold_config } = attributes;
    const thresholds = [...(metric_threshold_config ?? []), ...(threshold_config ?? [])];
    const notified = (notification ?? []).map(
      ({ type_name, email_address, webhook_url }: Attributes) =>
        `${type_name} ${email_address ?? webhook_url}`,
    );
    const expected = [
      ...emails.map((email) => `EMAIL ${email}`),
      ...(webhookUrl ? [`WEBHOOK ${webhookUrl}`] : []),
    ];
    return (
      notified.join() === expected.join() &&
      thresholds.length === (event_type === "CPS_SNAPSHOT_FALLBACK_FAILED" ? 0 : 1) &&
      thresholds.every(({ operator, threshold, units }) => operator && threshold > 0 && units)
    );
  },
);
