import { EcobeatStack } from "../../ecobeat-stack.ts";
import { policyDocument } from "../identity/policy-document.ts";
import type { LogGroup } from "./log-group.ts";

/**
 * What lets services of AWS that hand their logs to CloudWatch's own delivery write to a group, for our account alone. AWS
 * would write such a policy by itself, under a name of its own, for whoever sets up the delivery.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html
 */
export function toLogDeliveryPolicy(log: LogGroup): string {
  const { accountId } = EcobeatStack.of(log);
  return policyDocument({
    sid: "Write",
    principals: { Service: "delivery.logs.amazonaws.com" },
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    resources: [`${log.arn}:log-stream:*`],
    conditions: {
      StringEquals: { "aws:SourceAccount": accountId },
      ArnLike: { "aws:SourceArn": `arn:aws:logs:${log.region}:${accountId}:*` },
    },
  });
}
