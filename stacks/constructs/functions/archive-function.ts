import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function/index.js";
import type { SecurityGroup } from "@cdktf/provider-aws/lib/security-group/index.js";
import type { Subnet } from "@cdktf/provider-aws/lib/subnet/index.js";
import { AssetType, TerraformAsset } from "cdktf";
import type { Construct } from "constructs";
import { parameterPath } from "../../../service/contract.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { functionArchitecture } from "../../environments/shared.ts";
import type { LogRetentionDays } from "../../environments.ts";
import type { PolicyStatement } from "../identity/policy-document.ts";
import { addServiceRole } from "../identity/service-role.ts";
import { LogGroup } from "../observability/log-group.ts";

/** A zipped bundle from `scripts/build`. */
export interface FunctionArchive {
  /** Path of the zip. */
  readonly path: string;
  /** Base64 of the zip's SHA-256 digest: Lambda's `CodeSha256`. */
  readonly sha256: string;
}

export interface ArchiveFunctionProps {
  /** Name of the function and of its role. */
  readonly name: string;
  readonly description: string;
  readonly archive: FunctionArchive;
  /**
   * Whether releases replace the archive, and with it the architecture: Terraform then only creates the function with both.
   *
   * @default false
   */
  readonly archiveFromReleases?: boolean;
  /** Lambda's entry point, such as `index.handler`. */
  readonly handler: string;
  /** From 128 to 10,240. */
  readonly memoryMb: number;
  /** From 1 to 900. */
  readonly timeoutSeconds: number;
  /** Maximum concurrency, reserved from the account's. Lambda throttles further requests. */
  readonly reservedConcurrency: number;
  /**
   * Whether each change publishes a version.
   *
   * @default false
   */
  readonly publish?: boolean;
  readonly environmentVariables: Readonly<Record<string, string>>;
  /** @default outside of a VPC: with internet access, without access to our cache and database */
  readonly network?: FunctionNetwork;
  /**
   * How long its log stays.
   *
   * @default as long as the environment's logs
   */
  readonly logRetentionDays?: LogRetentionDays;
  /** What the function may do in addition to writing its log and its traces. */
  readonly permissions: readonly PolicyStatement[];
}

/** The subnets and the security group of a function's network interfaces. */
export interface FunctionNetwork {
  readonly subnets: readonly Subnet[];
  readonly securityGroup: SecurityGroup;
}

/** Adds a Lambda function with its own role and log group, and X-Ray tracing. */
export function addArchiveFunction(scope: Construct, props: ArchiveFunctionProps) {
  const { name, archive, network } = props;
  const stack = EcobeatStack.of(scope);
  const log = new LogGroup(scope, "log", {
    name: `/aws/lambda/${name}`,
    // Our own servers' addresses, in errors about them. The service logs no client's address.
    unmasked: "ip-addresses",
    ...(props.logRetentionDays !== undefined && { retentionDays: props.logRetentionDays }),
  });
  const { role, policy } = addServiceRole(scope, {
    name,
    trust: { sid: "Lambda", principals: { Service: "lambda.amazonaws.com" } },
    policyName: "function",
    permissions: [
      { sid: "WriteLog", actions: ["logs:CreateLogStream", "logs:PutLogEvents"], resources: [`${log.arn}:*`] },
      {
        sid: "WriteTraces",
        actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
        // These actions have no narrower resource:
        // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
        resources: ["*"],
      },
      ...(network ? allowNetworkInterfaces(stack, name) : []),
      ...props.permissions,
    ],
  });
  const lambda = new LambdaFunction(scope, "function", {
    functionName: name,
    description: props.description,
    role: role.arn,
    filename: new TerraformAsset(scope, "archive", { path: archive.path, type: AssetType.FILE }).path,
    sourceCodeHash: archive.sha256,
    handler: props.handler,
    runtime: stack.environment.functions.runtime,
    architectures: [functionArchitecture],
    memorySize: props.memoryMb,
    timeout: props.timeoutSeconds,
    reservedConcurrentExecutions: props.reservedConcurrency,
    ...(props.publish && { publish: true }),
    environment: { variables: props.environmentVariables },
    ...(network && {
      vpcConfig: {
        subnetIds: network.subnets.map((subnet) => subnet.id),
        securityGroupIds: [network.securityGroup.id],
      },
    }),
    tracingConfig: { mode: "Active" },
    // At this level Lambda logs a report of each invocation; the metrics on memory and cold starts come from it.
    loggingConfig: { logFormat: "JSON", systemLogLevel: "INFO", logGroup: log.name },
    // The provider compares these, and no hash of Lambda, to find out whether the code must change. For another architecture it would
    // upload the ignored file of the creation, which no longer exists:
    // https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/lambda/function.go (needsFunctionCodeUpdate)
    ...(props.archiveFromReleases && {
      lifecycle: { ignoreChanges: ["filename", "source_code_hash", "architectures"] },
    }),
    // Without its permissions Lambda cannot create the network interfaces, and the creation of the function fails.
    dependsOn: [policy],
  });
  return { lambda, log };
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
    sid: "DenyNetworkInterfacesFromCode",
    effect: "Deny",
    actions: networkInterfaceActions,
    // Denied on every resource.
    resources: ["*"],
    conditions: { ArnEquals: { "lambda:SourceFunctionArn": `arn:aws:lambda:${region}:${accountId}:function:${name}` } },
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
