import { ApiGatewayAccount } from "@cdktf/provider-aws/lib/api-gateway-account/index.js";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { policyDocument } from "../identity/policy-document.ts";
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
    const role = new IamRole(this, "role", {
      name: stack.toGlobalName(stack.resourceName("api-log-delivery")),
      assumeRolePolicy: policyDocument({
        sid: "ApiGateway",
        principals: { Service: "apigateway.amazonaws.com" },
        actions: ["sts:AssumeRole"],
      }),
    });
    const policy = new IamRolePolicy(this, "policy", {
      name: "write-logs",
      role: role.name,
      policy: policyDocument(
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
      ),
    });
    new ApiGatewayAccount(this, "account", {
      cloudwatchRoleArn: role.arn,
      dependsOn: [policy, welcome.resource],
    });
  }
}
