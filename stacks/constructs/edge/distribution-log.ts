import { CloudwatchLogDelivery } from "@cdktf/provider-aws/lib/cloudwatch-log-delivery/index.js";
import { CloudwatchLogDeliveryDestination } from "@cdktf/provider-aws/lib/cloudwatch-log-delivery-destination/index.js";
import { CloudwatchLogDeliverySource } from "@cdktf/provider-aws/lib/cloudwatch-log-delivery-source/index.js";
import { CloudwatchLogResourcePolicy } from "@cdktf/provider-aws/lib/cloudwatch-log-resource-policy/index.js";
import type { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { Construct } from "constructs";
import type { EncryptionKey } from "../identity/encryption-key.ts";
import { logDeliveryPolicy } from "../observability/log-delivery-policy.ts";
import { LogGroup } from "../observability/log-group.ts";
import type { Distribution } from "./distribution.ts";

export interface DistributionLogProps {
  readonly name: string;
  readonly distribution: Distribution;
  readonly retentionDays: number;
  readonly encryptionKey: EncryptionKey;
  readonly accountId: string;
  /** us-east-1, where the logs of all distributions are. */
  readonly region: string;
  /** Of that region. */
  readonly provider: AwsProvider;
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

/** The access log of a distribution (standard logging v2): one line of JSON for each request, without personal data. */
export class DistributionLog extends Construct {
  constructor(scope: Construct, id: string, props: DistributionLogProps) {
    super(scope, id);
    const { name, provider } = props;
    const log = new LogGroup(this, "log", { name: `/aws/vendedlogs/cloudfront/${name}` });
    const delivery = new CloudwatchLogResourcePolicy(this, "log-delivery", {
      provider,
      policyName: log.name,
      policyDocument: logDeliveryPolicy(log),
    });
    const source = new CloudwatchLogDeliverySource(this, "source", {
      provider,
      name,
      logType: "ACCESS_LOGS",
      resourceArn: props.distribution.resource.arn,
    });
    const destination = new CloudwatchLogDeliveryDestination(this, "destination", {
      provider,
      name,
      outputFormat: "json",
      deliveryDestinationConfiguration: [{ destinationResourceArn: log.arn }],
    });
    new CloudwatchLogDelivery(this, "delivery", {
      provider,
      deliverySourceName: source.name,
      deliveryDestinationArn: destination.arn,
      recordFields: fields,
      dependsOn: [delivery],
    });
  }
}
