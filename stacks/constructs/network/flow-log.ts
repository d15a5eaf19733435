import { FlowLog as FlowLogResource } from "@cdktf/provider-aws/lib/flow-log/index.js";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import type { Vpc } from "@cdktf/provider-aws/lib/vpc/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { policyDocument } from "../identity/policy-document.ts";
import { LogGroup } from "../observability/log-group.ts";

export interface FlowLogProps {
  readonly vpc: Vpc;
}

/**
 * Who talked to whom inside a VPC, and who was refused: a record for each connection, in a log group of its own. The
 * addresses are those of the VPC and of what it reaches; users never connect to it. Billed by the gigabyte.
 *
 * ```ts
 * new FlowLog(this, "flow-log", {
 *   vpc: this.network.vpc,
 * });
 * ```
 */
export class FlowLog extends Construct {
  constructor(scope: Construct, id: string, props: FlowLogProps) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    const { region, accountId } = stack;
    const name = stack.resourceName("flow-log");
    const logGroup = new LogGroup(this, "log", {
      name: `/aws/vpc/${name}`,
      // Addresses of our own machines, ports and counts, and nothing that anyone has written.
      unmasked: "everything",
    });
    // https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    const role = new IamRole(this, "role", {
      name,
      assumeRolePolicy: policyDocument({
        sid: "FlowLogs",
        principals: { Service: "vpc-flow-logs.amazonaws.com" },
        actions: ["sts:AssumeRole"],
        conditions: {
          StringEquals: { "aws:SourceAccount": accountId },
          ArnLike: { "aws:SourceArn": `arn:aws:ec2:${region}:${accountId}:vpc-flow-log/*` },
        },
      }),
    });
    const policy = new IamRolePolicy(this, "policy", {
      name: "write-log",
      role: role.name,
      policy: policyDocument(
        {
          sid: "Write",
          actions: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
          resources: [`${logGroup.arn}:*`],
        },
        {
          sid: "Find",
          actions: ["logs:DescribeLogGroups"],
          resources: [`arn:aws:logs:${region}:${accountId}:log-group:*`],
        },
      ),
    });
    new FlowLogResource(this, "flow-log", {
      vpcId: props.vpc.id,
      trafficType: "ALL",
      logDestinationType: "cloud-watch-logs",
      logDestination: logGroup.arn,
      iamRoleArn: role.arn,
      // Seconds that one record may sum up: 60 or 600. Whoever looks into an incident asks which minute it was.
      maxAggregationInterval: 60,
      tags: { Name: name },
      dependsOn: [policy],
    });
  }
}
