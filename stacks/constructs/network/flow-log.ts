import { FlowLog as FlowLogResource } from "@cdktf/provider-aws/lib/flow-log/index.js";
import type { Vpc } from "@cdktf/provider-aws/lib/vpc/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { addServiceRole } from "../identity/service-role.ts";
import { LogGroup } from "../observability/log-group.ts";

export interface FlowLogProps {
  readonly vpc: Vpc;
}

/**
 * Records each accepted and rejected connection inside a VPC, in its own log group. The addresses are those of the VPC and of
 * what it reaches; users never connect to it. Billed by the gigabyte.
 *
 * @example new FlowLog(this, "flow-log", { vpc: this.network.vpc });
 */
export class FlowLog extends Construct {
  constructor(scope: Construct, id: string, props: FlowLogProps) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    const { region, accountId } = stack;
    const name = stack.resourceName("flow-log");
    const logGroup = new LogGroup(this, "log", {
      name: `/aws/vpc/${name}`,
      // Our own addresses, ports and counts; no user input.
      unmasked: "everything",
    });
    // https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    const { role, policy } = addServiceRole(this, {
      name,
      trust: {
        sid: "FlowLogs",
        principals: { Service: "vpc-flow-logs.amazonaws.com" },
        conditions: {
          StringEquals: { "aws:SourceAccount": accountId },
          ArnLike: { "aws:SourceArn": `arn:aws:ec2:${region}:${accountId}:vpc-flow-log/*` },
        },
      },
      policyName: "write-log",
      permissions: [
        {
          sid: "Write",
          actions: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
          resources: [`${logGroup.arn}:*`],
        },
        {
          sid: "DescribeLogGroups",
          actions: ["logs:DescribeLogGroups"],
          resources: [`arn:aws:logs:${region}:${accountId}:log-group:*`],
        },
      ],
    });
    new FlowLogResource(this, "flow-log", {
      vpcId: props.vpc.id,
      trafficType: "ALL",
      logDestinationType: "cloud-watch-logs",
      logDestination: logGroup.arn,
      iamRoleArn: role.arn,
      // Seconds that one record aggregates, 60 or 600. An investigation needs the minute.
      maxAggregationInterval: 60,
      tags: { Name: name },
      dependsOn: [policy],
    });
  }
}
