import type { Construct } from "constructs";
import { parameterPath } from "../../../service/contract.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { PolicyStatement } from "../identity/policy-document.ts";
import { addServiceRole, type ServiceRole } from "../identity/service-role.ts";
import { LogGroup } from "../observability/log-group.ts";

export interface FunctionRoleProps {
  /** Name of the function and of its role. */
  readonly name: string;
  /** What the function may do in addition to writing its log and its traces. */
  readonly permissions: readonly PolicyStatement[];
  readonly isInVpc: boolean;
}

export interface FunctionRole extends ServiceRole {
  readonly log: LogGroup;
}

/**
 * Adds the role of a Lambda function, and its log group. Both may exist before the function: the database, for example, refers
 * to the role by name.
 */
export function addFunctionRole(scope: Construct, props: FunctionRoleProps): FunctionRole {
  const { name, permissions, isInVpc } = props;
  const log = new LogGroup(scope, "log", {
    name: `/aws/lambda/${name}`,
    // Our own servers' addresses, in errors about them. The service logs no client's address.
    unmasked: "ip-addresses",
  });
  const role = addServiceRole(scope, {
    name,
    trust: { sid: "Lambda", principals: { Service: "lambda.amazonaws.com" } },
    policyName: "function",
    permissions: [
      {
        sid: "WriteLog",
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [`${log.arn}:*`],
      },
      {
        sid: "WriteTraces",
        actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
        // These actions have no narrower resource:
        // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
        resources: ["*"],
      },
      ...(isInVpc ? allowNetworkInterfaces(EcobeatStack.of(scope), name) : []),
      ...permissions,
    ],
  });
  return { ...role, log };
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

const allowNetworkInterfaces = ({ region, accountId }: EcobeatStack, name: string): PolicyStatement[] => [
  {
    sid: "NetworkInterfaces",
    actions: networkInterfaceActions,
    // Lambda needs them before the interfaces exist, and the describing actions have no resource.
    resources: ["*"],
  },
  {
    // Lambda itself needs them, the code does not. Requests from the code carry the function's ARN:
    // https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    sid: "NoNetworkInterfacesFromCode",
    effect: "Deny",
    actions: networkInterfaceActions,
    // Denied on every resource.
    resources: ["*"],
    conditions: {
      ArnEquals: { "lambda:SourceFunctionArn": `arn:aws:lambda:${region}:${accountId}:function:${name}` },
    },
  },
];

/** Lets a function read parameters of its environment, by their names in `service/contract.ts`. */
export const allowParameters = (
  { region, accountId, environment }: EcobeatStack,
  sid: string,
  names: readonly string[],
): PolicyStatement => ({
  sid,
  actions: ["ssm:GetParameters"],
  resources: names.map(
    (name) => `arn:aws:ssm:${region}:${accountId}:parameter${parameterPath(environment.name, name)}`,
  ),
});
