import { LambdaAlias } from "@cdktf/provider-aws/lib/lambda-alias/index.js";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function/index.js";
import { LambdaFunctionEventInvokeConfig } from "@cdktf/provider-aws/lib/lambda-function-event-invoke-config/index.js";
import type { SecurityGroup } from "@cdktf/provider-aws/lib/security-group/index.js";
import type { Subnet } from "@cdktf/provider-aws/lib/subnet/index.js";
import { AssetType, TerraformAsset } from "cdktf";
import { Construct } from "constructs";
import type { FailureQueue } from "./failure-queue.ts";
import { addFunctionRole, type FunctionRoleProps } from "./function-role.ts";
import type { LogGroup } from "./log-group.ts";

/** A zipped bundle as `scripts/bundle` makes it. */
export interface FunctionArchive {
  /** Where the zip lies. */
  readonly path: string;
  /** Base64 of the zip's SHA-256 sum, as Lambda shows it in `CodeSha256`. */
  readonly sha256: string;
}

export interface ServiceFunctionProps extends FunctionRoleProps {
  readonly description: string;
  readonly archive: FunctionArchive;
  readonly architecture: "arm64" | "x64";
  /** Lambda's name of the Node.js version, such as `nodejs24.x`. */
  readonly runtime: string;
  /** From 128 to 10 240. */
  readonly memoryMb: number;
  /** From 1 to 900. */
  readonly timeoutSeconds: number;
  /**
   * Requests that the function answers at once, at the most; the next ones are refused. As many of the account's are
   * kept for it.
   */
  readonly reservedConcurrency: number;
  readonly environmentVariables: Readonly<Record<string, string>>;
  readonly subnets: readonly Subnet[];
  readonly securityGroup: SecurityGroup;
  /**
   * Gets what was called without anybody waiting for the answer and failed three times, request and all.
   *
   * @default none, for functions whose callers wait: a call without that is not tried again, and its request, which may
   * hold a password, is kept nowhere
   */
  readonly failures?: FailureQueue;
}

/**
 * A Lambda function in the private subnets, with a role and a log group of its own, X-Ray tracing and the alias `live`.
 *
 * Each change publishes a version, but the alias stays where it is: releases move it, and Terraform leaves it alone.
 * Callers use the alias, never the function itself. Billed by request, memory and time.
 */
export class ServiceFunction extends Construct {
  readonly name: string;
  readonly memoryMb: number;
  readonly log: LogGroup;
  readonly alias: LambdaAlias;
  readonly reservedConcurrency: number;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id);
    const { name } = props;
    checkLimits(props);
    this.name = name;
    this.memoryMb = props.memoryMb;
    this.reservedConcurrency = props.reservedConcurrency;

    const { role, policy, log } = addFunctionRole(this, {
      ...props,
      permissions: [...props.permissions, ...(props.failures?.sending ?? [])],
    });
    this.log = log;
    const asset = new TerraformAsset(this, "archive", { path: props.archive.path, type: AssetType.FILE });
    const lambda = new LambdaFunction(this, "function", {
      functionName: name,
      description: props.description,
      role: role.arn,
      filename: asset.path,
      sourceCodeHash: props.archive.sha256,
      handler: "index.handler",
      runtime: props.runtime,
      architectures: [props.architecture === "x64" ? "x86_64" : props.architecture],
      memorySize: props.memoryMb,
      timeout: props.timeoutSeconds,
      reservedConcurrentExecutions: props.reservedConcurrency,
      publish: true,
      environment: {
        // Every TLS client in the process then refuses to speak less than 1.3.
        variables: { ...props.environmentVariables, NODE_OPTIONS: "--tls-min-v1.3" },
      },
      vpcConfig: {
        subnetIds: props.subnets.map((subnet) => subnet.id),
        securityGroupIds: [props.securityGroup.id],
      },
      tracingConfig: { mode: "Active" },
      // At this level Lambda reports each invocation: its memory and its cold start are measured there.
      loggingConfig: { logFormat: "JSON", systemLogLevel: "INFO", logGroup: this.log.name },
      // Without its permissions Lambda cannot make the network interfaces, and the function fails to create.
      dependsOn: [policy],
    });

    this.alias = new LambdaAlias(this, "live", {
      name: "live",
      description: "The version that serves requests; moved by releases",
      functionName: lambda.functionName,
      functionVersion: lambda.version,
      lifecycle: { ignoreChanges: ["function_version", "routing_config"] },
    });
    new LambdaFunctionEventInvokeConfig(this, "unattended", {
      functionName: lambda.functionName,
      qualifier: this.alias.name,
      ...(props.failures
        ? {
            maximumRetryAttempts: 2,
            maximumEventAgeInSeconds: 3_600,
            destinationConfig: { onFailure: { destination: props.failures.queue.arn } },
          }
        : { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 }),
    });
  }
}

// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
function checkLimits(props: ServiceFunctionProps): void {
  const { name, memoryMb, timeoutSeconds, reservedConcurrency, runtime } = props;
  if (!/^nodejs[1-9]\d\.x$/.test(runtime)) {
    throw new Error(
      `The function "${name}" is to run on "${runtime}". The archive is a program for Node.js, whose versions Lambda calls ` +
        "by names such as nodejs24.x. Choose one of those.",
    );
  }
  if (!Number.isInteger(memoryMb) || memoryMb < 128 || memoryMb > 10_240) {
    throw new Error(
      `The function "${name}" is to have ${memoryMb} MB of memory. Lambda gives from 128 to 10,240 MB, whole. ` +
        `Choose an amount in that range.`,
    );
  }
  if (!Number.isInteger(timeoutSeconds) || timeoutSeconds < 1 || timeoutSeconds > 900) {
    throw new Error(
      `The function "${name}" is to end after ${timeoutSeconds} s. Lambda allows from 1 to 900 s, whole. ` +
        `Choose a time in that range.`,
    );
  }
  if (!Number.isInteger(reservedConcurrency) || reservedConcurrency < 1) {
    throw new Error(
      `The function "${name}" is to answer ${reservedConcurrency} requests at once. Lambda counts whole ones, and with 0 ` +
        `it answers none. Choose at least 1.`,
    );
  }
}
