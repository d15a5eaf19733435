import {
  AlertConfiguration,
  type AlertConfigurationConfig,
} from "@cdktf/provider-mongodbatlas/lib/alert-configuration/index.js";
import type { Project } from "@cdktf/provider-mongodbatlas/lib/project/index.js";
import { Construct } from "constructs";
import { alarmShare, flexLimits } from "../../../scripts/capacity/contract.ts";
import { type AtlasInstanceSize, getAtlasTier } from "../../atlas-tiers.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { AlertRecipients } from "../../environments.ts";
import { type AlarmPriority, getTicketWebhook } from "../observability/alert-topic.ts";

/**
 * An alert condition. Names of events: https://www.mongodb.com/docs/atlas/reference/atlas-alert-event-types/, of metrics:
 * https://www.mongodb.com/docs/atlas/reference/alert-conditions/. Which events take a threshold, says the schema of
 * https://www.mongodb.com/docs/api/doc/atlas-admin-api-v2/operation/operation-createalertconfiguration
 */
export interface AtlasAlert extends Pick<AlertConfigurationConfig, "eventType"> {
  /** The metric of the event. @default the event has none */
  readonly metricName?: string;
  /** @default the event itself opens the alert */
  readonly limit?: Limit;
  /**
   * Whom it notifies: see {@link AlarmPriority}.
   *
   * @default "ticket"
   */
  readonly priority?: AlarmPriority;
  /** Minutes that the condition must last before Atlas notifies. @default 0 */
  readonly delayMinutes?: number;
}

interface Limit {
  readonly operator: "GREATER_THAN" | "LESS_THAN";
  readonly threshold: number;
  /** `RAW` for percentages. */
  readonly units: "RAW" | "SECONDS" | "HOURS" | "GIGABYTES";
}

export interface AtlasAlertsProps {
  readonly project: Project;
  /** By construct id. */
  readonly alerts: Readonly<Record<string, AtlasAlert>>;
}

const above = (threshold: number, units: Limit["units"]): Limit => ({ operator: "GREATER_THAN", threshold, units });

/** Alerts of a Flex cluster. It stores 5 GB: https://www.mongodb.com/docs/atlas/reference/flex-limitations/ */
export const flexAlerts: Readonly<Record<string, AtlasAlert>> = {
  connections: {
    eventType: "OUTSIDE_FLEX_METRIC_THRESHOLD",
    metricName: "FLEX_CONNECTIONS_PERCENT",
    limit: above(alarmShare * 100, "RAW"),
  },
  disk: {
    eventType: "OUTSIDE_FLEX_METRIC_THRESHOLD",
    metricName: "FLEX_DATA_SIZE_TOTAL",
    limit: above(flexLimits.dataGb * alarmShare, "GIGABYTES"),
  },
};

/** The hypervisor withholds CPU from a burstable tier that has used up its credits: Atlas's own default alert. */
const burstableAlerts: Readonly<Record<string, AtlasAlert>> = {
  "cpu-steal": {
    eventType: "OUTSIDE_METRIC_THRESHOLD",
    metricName: "NORMALIZED_SYSTEM_CPU_STEAL",
    limit: above(10, "RAW"),
    delayMinutes: 15,
  },
};

const dedicatedAlerts: Readonly<Record<string, AtlasAlert>> = {
  connections: {
    eventType: "OUTSIDE_METRIC_THRESHOLD",
    metricName: "CONNECTIONS_PERCENT",
    limit: above(alarmShare * 100, "RAW"),
  },
  "replication-lag": {
    eventType: "OUTSIDE_METRIC_THRESHOLD",
    metricName: "OPLOG_SLAVE_LAG_MASTER_TIME",
    limit: above(60, "SECONDS"),
    // An election or an index build resolves itself.
    delayMinutes: 5,
  },
  // A node that is unavailable for longer needs a full resync.
  "oplog-window": {
    eventType: "REPLICATION_OPLOG_WINDOW_RUNNING_OUT",
    limit: { operator: "LESS_THAN", threshold: 24, units: "HOURS" },
  },
  // At 90 % Atlas scales the disk: this alert means that it did not. A full disk accepts no writes, and no error says so before.
  disk: {
    eventType: "OUTSIDE_METRIC_THRESHOLD",
    metricName: "DISK_PARTITION_SPACE_USED_DATA",
    priority: "page",
    limit: above(90, "RAW"),
    delayMinutes: 60,
  },
  "late-backup": { eventType: "CPS_SNAPSHOT_BEHIND", priority: "page", limit: above(2, "HOURS") },
  "failed-backup": { eventType: "CPS_SNAPSHOT_FALLBACK_FAILED", priority: "page" },
  // Atlas has retried before. Until the next copy, the newest snapshots are in one region only.
  "failed-backup-copy": { eventType: "CPS_COPY_SNAPSHOT_FAILED" },
  // How far point-in-time restore is behind.
  "late-oplog": { eventType: "CPS_OPLOG_BEHIND", priority: "page", limit: above(1, "HOURS") },
  // Without a valid key, no node that restarts can read its data, and no snapshot can be restored.
  "encryption-key": { eventType: "AWS_ENCRYPTION_KEY_INVALID", priority: "page" },
  "encryption-settings": { eventType: "ENCRYPTION_AT_REST_CONFIG_NO_LONGER_VALID", priority: "page" },
  // Without it, each night's search for old activities reads the whole collection.
  "archive-index": { eventType: "ONLINE_ARCHIVE_INSUFFICIENT_INDEXES_CHECK" },
};

/** Alerts of a replica set that exports its snapshots. Atlas does not try a failed export again. */
export const exportAlerts: Readonly<Record<string, AtlasAlert>> = {
  "failed-export": { eventType: "CPS_EXPORT_FAILED" },
  "failed-automatic-export": { eventType: "CPS_AUTO_EXPORT_FAILED" },
};

/** Alerts of a replica set of a tier. */
export const toReplicaSetAlerts = (instanceSize: AtlasInstanceSize): Readonly<Record<string, AtlasAlert>> => ({
  ...dedicatedAlerts,
  ...(getAtlasTier(instanceSize).burstable && burstableAlerts),
});

/**
 * Alerts of an Atlas project, by e-mail, and pages also by webhook: when they open, and every hour until they close or are acknowledged. Free.
 *
 * @example new AtlasAlerts(this, "alerts", { project, alerts: toReplicaSetAlerts("M10") });
 */
export class AtlasAlerts extends Construct {
  constructor(scope: Construct, id: string, props: AtlasAlertsProps) {
    super(scope, id);
    const { alerts: recipients } = EcobeatStack.of(this).environment;
    for (const [name, alert] of Object.entries(props.alerts)) {
      const { eventType, metricName, limit, delayMinutes = 0, priority = "ticket" } = alert;
      new AlertConfiguration(this, name, {
        projectId: props.project.id,
        enabled: true,
        eventType,
        ...(metricName && { metricThresholdConfig: [{ metricName, mode: "AVERAGE", ...limit }] }),
        ...(!metricName && limit && { thresholdConfig: [limit] }),
        notification: notifications(recipients, priority).map((notification) => ({
          ...notification,
          delayMin: delayMinutes,
          intervalMin: 60,
        })),
      });
    }
  }
}

function notifications(recipients: AlertRecipients, priority: AlarmPriority) {
  const webhookUrl = priority === "page" ? recipients.webhookUrl : getTicketWebhook(recipients);
  return [
    ...recipients.emails.map((emailAddress) => ({ typeName: "EMAIL", emailAddress })),
    ...(webhookUrl === undefined ? [] : [{ typeName: "WEBHOOK", webhookUrl }]),
  ];
}
