import type { CloudwatchLogResourcePolicy } from "@cdktf/provider-aws/lib/cloudwatch-log-resource-policy/index.js";
import { Construct } from "constructs";
import { addLogDeliveryPolicy } from "../observability/log-delivery-policy.ts";
import { LogGroup } from "../observability/log-group.ts";

export interface SlowLogProps {
  /** Id of the replication group that writes the log. */
  readonly cacheName: string;
}

/**
 * The log group to which ElastiCache writes commands that took longer than 10 ms, and its permission to do so. An entry contains
 * the command, its duration and its client, without arguments. Billed by the gigabyte.
 *
 * ```ts
 * new SlowLog(this, "slow-log", {
 *   cacheName: "ecobeat-staging",
 * });
 * ```
 */
export class SlowLog extends Construct {
  readonly group: LogGroup;
  /** Lets ElastiCache write to the group. The cache depends on it: without it, log delivery cannot start. */
  readonly deliveryPolicy: CloudwatchLogResourcePolicy;

  constructor(scope: Construct, id: string, props: SlowLogProps) {
    super(scope, id);
    const { cacheName } = props;
    this.group = new LogGroup(this, "log", {
      name: `/aws/elasticache/${cacheName}/slow-log`,
      unmasked: "everything",
    });
    this.deliveryPolicy = addLogDeliveryPolicy(this, "delivery-policy", this.group, `${cacheName}-slow-log`);
  }
}
