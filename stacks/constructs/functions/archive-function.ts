import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function/index.js";
import type { SecurityGroup } from "@cdktf/provider-aws/lib/security-group/index.js";
import type { Subnet } from "@cdktf/provider-aws/lib/subnet/index.js";
import { AssetType, TerraformAsset } from "cdktf";
import type { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { functionArchitecture } from "../../environments/shared.ts";
import { addFunctionRole, type FunctionRole, type FunctionRoleProps } from "./function-role.ts";

/** A zipped bundle from `scripts/build`. */
export interface FunctionArchive {
  /** Path of the zip. */
  readonly path: string;
  /** Base64 of the zip's SHA-256 digest: Lambda's `CodeSha256`. */
  readonly sha256: string;
}

export interface ArchiveFunctionProps extends Omit<FunctionRoleProps, "isInVpc"> {
  readonly description: string;
  readonly archive: FunctionArchive;
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
}

/** The subnets and the security group of a function's network interfaces. */
export interface FunctionNetwork {
  readonly subnets: readonly Subnet[];
  readonly securityGroup: SecurityGroup;
}

/** Adds a Lambda function with its own role and log group, and X-Ray tracing. */
export function addArchiveFunction(
  scope: Construct,
  props: ArchiveFunctionProps,
): Pick<FunctionRole, "log"> & { readonly lambda: LambdaFunction } {
  const { network } = props;
  const { runtime } = EcobeatStack.of(scope).environment.functions;
  const { role, policy, log } = addFunctionRole(scope, { ...props, isInVpc: network !== undefined });
  const asset = new TerraformAsset(scope, "archive", { path: props.archive.path, type: AssetType.FILE });
  const lambda = new LambdaFunction(scope, "function", {
    functionName: props.name,
    description: props.description,
    role: role.arn,
    filename: asset.path,
    sourceCodeHash: props.archive.sha256,
    handler: props.handler,
    runtime,
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
    // Without its permissions Lambda cannot create the network interfaces, and the creation of the function fails.
    dependsOn: [policy],
  });
  return { lambda, log };
}
