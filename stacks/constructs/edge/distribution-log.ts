import { CloudwatchLogDelivery } from "@cdktf/provider-aws/lib/cloudwatch-log-delivery/index.js";
import { CloudwatchLogDeliveryDestination } from "@cdktf/provider-aws/lib/cloudwatch-log-delivery-destination/index.js";
import { CloudwatchLogDeliverySource } from "@cdktf/provider-aws/lib/cloudwatch-log-delivery-source/index.js";
import { CloudwatchLogResourcePolicy } from "@cdktf/provider-aws/lib/cloudwatch-log-resource-policy/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { toLogDeliveryPolicy } from "../observability/log-delivery-policy.ts";
import { LogGroup } from "../observability/log-group.ts";
import type { Distribution } from "./distribution.ts";

export interface DistributionLogProps {
  readonly distribution: Distribution;
}

// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html
// No address, user agent, path, query, referrer or cookie: they name people and what they looked at.
const fields = [
  "date",
  "time",
  "x-edge-location",
  "x-edge-request-id",
  "cs-method",
  "cs-protocol",
  "cs-protocol-version",
  "ssl-protocol",
  "sc-status",
  "sc-bytes",
  "time-taken",
  "time-to-first-byte",
  "x-edge-result-type",
  "x-edge-detailed-result-type",
];

/**
 * The access log of a distribution (standard logging v2): one line of JSON for each request, without personal data. It is
 * where the logs of all distributions are, in us-east-1, and so must be the stack's key for logs.
 *
 * ```ts
 * new DistributionLog(this, "access-log", {
 *   distribution,
 * });
 * ```
 */
export class DistributionLog extends Construct {
  constructor(scope: Construct, id: string, props: DistributionLogProps) {
    super(scope, id);
    const name = EcobeatStack.of(this).resourceName("edge");
    const log = new LogGroup(this, "log", { name: `/aws/vendedlogs/cloudfront/${name}` });
    const { provider } = log.resource;
    const placed = provider && { provider };
    const delivery = new CloudwatchLogResourcePolicy(this, "log-delivery", {
      ...placed,
      policyName: log.name,
      policyDocument: toLogDeliveryPolicy(log),
    });
    const source = new CloudwatchLogDeliverySource(this, "source", {
      ...placed,
      name,
      logType: "ACCESS_LOGS",
      resourceArn: props.distribution.resource.arn,
    });
    const destination = new CloudwatchLogDeliveryDestination(this, "destination", {
      ...placed,
      name,
      outputFormat: "json",
      deliveryDestinationConfiguration: [{ destinationResourceArn: log.arn }],
    });
    new CloudwatchLogDelivery(this, "delivery", {
      ...placed,
      deliverySourceName: source.name,
      deliveryDestinationArn: destination.arn,
      recordFields: fields,
      dependsOn: [delivery],
    });
  }
}
