import type { Environment } from "../../../stacks/environments.ts";
import type { Attributes } from "../../support/synthesize.ts";
import { failing, getEnvironment, resources } from "./resources.ts";
import type { Rule } from "./rule.ts";

/** What must be watched, by the event or the metric that tells of it. */
const watched = {
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
  name: "Atlas watches what it can: connections, disk, and of a replica set also lag, oplog window and failed backups",
  check: (stacks) =>
    resources(stacks, "mongodbatlas_project").flatMap(({ address, stack }) => {
      const alerts = Object.values(stack.resource.mongodbatlas_alert_configuration ?? {})
        .filter(({ enabled }) => enabled === true)
        .map(({ event_type, metric_threshold_config: metric }) => metric?.[0].metric_name ?? event_type);
      return watched[getEnvironment(stack).database.kind]
        .filter((each) => !alerts.includes(each))
        .map((each) => `${address}: does not watch ${each}`);
    }),
};

const toRecipients = ({ alerts: { emails, webhookUrl } }: Environment): string[] => [
  ...emails.map((email) => `EMAIL ${email}`),
  ...(webhookUrl ? [`WEBHOOK ${webhookUrl}`] : []),
];

const toRecipient = ({ type_name, email_address, webhook_url }: Attributes): string =>
  `${type_name} ${email_address ?? webhook_url}`;

export const notifyingAlerts: Rule = {
  name: "every alert of Atlas reaches all receivers of the table, and metrics have a limit",
  check: (stacks) =>
    failing(stacks, ["mongodbatlas_alert_configuration"], "tells nobody", ({ stack, attributes }) => {
      const { event_type, notification, metric_threshold_config, threshold_config } = attributes;
      const limits = [...(metric_threshold_config ?? []), ...(threshold_config ?? [])];
      return (
        toRecipients(getEnvironment(stack)).join() === (notification ?? []).map(toRecipient).join() &&
        limits.length === (event_type === "CPS_SNAPSHOT_FALLBACK_FAILED" ? 0 : 1) &&
        limits.every(({ operator, threshold, units }) => operator && threshold > 0 && units)
      );
    }),
};
