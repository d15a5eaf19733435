import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function/index.js";
import type { SecurityGroup } from "@cdktf/provider-aws/lib/security-group/index.js";
import type { Subnet } from "@cdktf/provider-aws/lib/subnet/index.js";
import { AssetType, TerraformAsset } from "cdktf";
import type { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { functionArchitecture } from "../../environments.ts";
import { addFunctionRole, type FunctionRole, type FunctionRoleProps } from "./function-role.ts";

/** A zipped bundle as `scripts/build` makes it. */
export interface FunctionArchive {
  /** Where the zip lies. */
  readonly path: string;
  /** Base64 of the zip's SHA-256 sum, as Lambda shows it in `CodeSha256`. */
  readonly sha256: string;
}

/** Where and how the archive runs, whatever of it. */
export interface ArchiveFunctionProps extends Omit<FunctionRoleProps, "hasInterfaces"> {
  readonly archive: FunctionArchive;
  readonly environmentVariables: Readonly<Record<string, string>>;
  /** @default outside of any VPC, with the internet before it and none of our parts in reach */
  readonly network?: FunctionNetwork;
}

/** Where in a VPC a function's network interfaces are. */
export interface FunctionNetwork {
  readonly subnets: readonly Subnet[];
  readonly securityGroup: SecurityGroup;
}

/** What one function does with the archive. */
export interface ArchiveFunctionTask {
  readonly description: string;
  /** What Lambda calls, such as `index.handler`. */
  readonly handler: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly reservedConcurrency: number;
  /** Whether each change makes a version. */
  readonly publish: boolean;
}

/** A Lambda function with a role and a log group of its own, and X-Ray tracing. */
export function addArchiveFunction(
  scope: Construct,
  props: ArchiveFunctionProps,
  task: ArchiveFunctionTask,
): Pick<FunctionRole, "log"> & { readonly lambda: LambdaFunction } {
  const { network } = props;
  const { runtime } = EcobeatStack.of(scope).environment.functions;
  const { role, policy, log } = addFunctionRole(scope, { ...props, hasInterfaces: network !== undefined });
  const asset = new TerraformAsset(scope, "archive", { path: props.archive.path, type: AssetType.FILE });
  const lambda = new LambdaFunction(scope, "function", {
    functionName: props.name,
    description: task.description,
    role: role.arn,
    filename: asset.path,
    sourceCodeHash: props.archive.sha256,
    handler: task.handler,
    runtime,
    architectures: [functionArchitecture],
    memorySize: task.memoryMb,
    timeout: task.timeoutSeconds,
    reservedConcurrentExecutions: task.reservedConcurrency,
    ...(task.publish && { publish: true }),
    environment: { variables: props.environmentVariables },
    ...(network && {
      vpcConfig: {
        subnetIds: network.subnets.map((subnet) => subnet.id),
        securityGroupIds: [network.securityGroup.id],
      },
    }),
    tracingConfig: { mode: "Active" },
    // At this level Lambda reports each invocation: its memory and its cold start are measured there.
    loggingConfig: { logFormat: "JSON", systemLogLevel: "INFO", logGroup: log.name },
    // Without its permissions Lambda cannot make the network interfaces, and the function fails to create.
    dependsOn: [policy],
  });
  return { lambda, log };
}
