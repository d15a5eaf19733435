import { CloudwatchLogResourcePolicy } from "@cdktf/provider-aws/lib/cloudwatch-log-resource-policy/index.js";
import type { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { policyDocument } from "../identity/policy-document.ts";
import type { LogGroup } from "./log-group.ts";

/**
 * Lets AWS services that use CloudWatch's log delivery write to a log group, for our account only. Without it AWS would create
 * such a policy itself.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html
 */
export function addLogDeliveryPolicy(
  scope: Construct,
  id: string,
  log: LogGroup,
  policyName = log.name,
): CloudwatchLogResourcePolicy {
  const { accountId } = EcobeatStack.of(log);
  const { provider } = log.resource;
  return new CloudwatchLogResourcePolicy(scope, id, {
    ...(provider && { provider }),
    policyName,
    policyDocument: policyDocument({
      sid: "Write",
      principals: { Service: "delivery.logs.amazonaws.com" },
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [`${log.arn}:log-stream:*`],
      conditions: {
        StringEquals: { "aws:SourceAccount": accountId },
        ArnLike: { "aws:SourceArn": `arn:aws:logs:${log.region}:${accountId}:*` },
      },
    }),
  });
}
