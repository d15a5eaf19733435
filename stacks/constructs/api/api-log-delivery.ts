import { ApiGatewayAccount } from "@cdktf/provider-aws/lib/api-gateway-account/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { addServiceRole } from "../identity/service-role.ts";
import { LogGroup } from "../observability/log-group.ts";

/** Prefix of the log groups that API Gateway may write. */
export const apiLogPrefix = "/aws/apigateway/";

/**
 * The role through which API Gateway writes the logs of all APIs of an account in a region. An account has one such setting, so
 * only one stack may have it. Free.
 *
 * @example new ApiLogDelivery(this, "api-log-delivery");
 */
export class ApiLogDelivery extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    const { region, accountId } = stack;
    // When the role is set, API Gateway writes a test line to this group. It creates a missing group, without retention or key.
    const welcome = new LogGroup(this, "welcome", { name: `${apiLogPrefix}welcome` });
    const { role, policy } = addServiceRole(this, {
      name: stack.resourceName("api-log-delivery"),
      trust: { sid: "ApiGateway", principals: { Service: "apigateway.amazonaws.com" } },
      policyName: "write-logs",
      permissions: [
        {
          sid: "Write",
          actions: [
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:DescribeLogStreams",
            "logs:FilterLogEvents",
            "logs:GetLogEvents",
            "logs:PutLogEvents",
          ],
          resources: [`arn:aws:logs:${region}:${accountId}:log-group:${apiLogPrefix}*`],
        },
        {
          sid: "DescribeLogGroups",
          actions: ["logs:DescribeLogGroups"],
          resources: [`arn:aws:logs:${region}:${accountId}:log-group:*`],
        },
      ],
    });
    new ApiGatewayAccount(this, "account", { cloudwatchRoleArn: role.arn, dependsOn: [policy, welcome.resource] });
  }
}
