import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { PolicyStatement } from "../identity/policy-document.ts";
import type { LogGroup } from "../observability/log-group.ts";

export interface FunctionPermissionsProps {
  readonly name: string;
  readonly logGroup: LogGroup;
  /** Whether Lambda makes network interfaces in its name. */
  readonly hasInterfaces: boolean;
}

// https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
const networkInterfaceActions = [
  "ec2:CreateNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DeleteNetworkInterface",
  "ec2:DescribeSubnets",
  "ec2:AssignPrivateIpAddresses",
  "ec2:UnassignPrivateIpAddresses",
];

/** What any function needs: its log, its traces and, in a VPC, network interfaces that Lambda makes in its name. */
export function functionStatements(props: FunctionPermissionsProps): PolicyStatement[] {
  return [
    {
      sid: "WriteLog",
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [`${props.logGroup.arn}:*`],
    },
    {
      sid: "WriteTraces",
      actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
      // X-Ray knows no narrower resource for them:
      // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
      resources: ["*"],
    },
    ...(props.hasInterfaces ? interfaceStatements(props) : []),
  ];
}

function interfaceStatements({ name, logGroup }: FunctionPermissionsProps): PolicyStatement[] {
  const { region, accountId } = EcobeatStack.of(logGroup);
  const functionArn = `arn:aws:lambda:${region}:${accountId}:function:${name}`;
  return [
    {
      sid: "NetworkInterfaces",
      actions: networkInterfaceActions,
      // Lambda asks for them before the interfaces exist, and the describing ones know no resource.
      resources: ["*"],
    },
    {
      // Lambda needs those of the role, the code never does. Requests from the code carry the function's ARN:
      // https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
      sid: "NoNetworkInterfacesFromCode",
      effect: "Deny",
      actions: networkInterfaceActions,
      // Whatever it is that is refused.
      resources: ["*"],
      conditions: { ArnEquals: { "lambda:SourceFunctionArn": functionArn } },
    },
  ];
}
