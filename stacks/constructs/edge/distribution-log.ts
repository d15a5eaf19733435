import { CloudwatchLogDelivery } from "@cdktf/provider-aws/lib/cloudwatch-log-delivery/index.js";
import { CloudwatchLogDeliveryDestination } from "@cdktf/provider-aws/lib/cloudwatch-log-delivery-destination/index.js";
import { CloudwatchLogDeliverySource } from "@cdktf/provider-aws/lib/cloudwatch-log-delivery-source/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { addLogDeliveryPolicy, LogGroup } from "../observability/log-group.ts";
import type { Distribution } from "./distribution.ts";

export interface DistributionLogProps {
  readonly distribution: Distribution;
}

// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html
// No address, user agent, path, query, referrer or cookie, because they are personal data.
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
 * The access log of a distribution (standard logging v2): one line of JSON for each request, without personal data. CloudFront
 * delivers only to us-east-1, so the stack's key for logs must be there.
 *
 * @example new DistributionLog(this, "access-log", { distribution });
 */
export class DistributionLog extends Construct {
  constructor(scope: Construct, id: string, props: DistributionLogProps) {
    super(scope, id);
    const name = EcobeatStack.of(this).resourceName("edge");
    const log = new LogGroup(this, "log", { name: `/aws/vendedlogs/cloudfront/${name}` });
    const { provider } = log.resource;
    const regional = provider && { provider };
    const delivery = addLogDeliveryPolicy(this, "log-delivery", log);
    const source = new CloudwatchLogDeliverySource(this, "source", {
      ...regional,
      name,
      logType: "ACCESS_LOGS",
      resourceArn: props.distribution.resource.arn,
    });
    const destination = new CloudwatchLogDeliveryDestination(this, "destination", {
      ...regional,
      name,
      outputFormat: "json",
      deliveryDestinationConfiguration: [{ destinationResourceArn: log.arn }],
    });
    new CloudwatchLogDelivery(this, "delivery", {
      ...regional,
      deliverySourceName: source.name,
      deliveryDestinationArn: destination.arn,
      recordFields: fields,
      dependsOn: [delivery],
    });
  }
}
