import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import { LambdaAlias } from "@cdktf/provider-aws/lib/lambda-alias/index.js";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function/index.js";
import type { SecurityGroup } from "@cdktf/provider-aws/lib/security-group/index.js";
import type { Subnet } from "@cdktf/provider-aws/lib/subnet/index.js";
import { AssetType, TerraformAsset } from "cdktf";
import { Construct } from "constructs";
import type { EncryptionKey } from "./encryption-key.ts";
import { functionStatements } from "./function-permissions.ts";
import { LogGroup } from "./log-group.ts";
import { type PolicyStatement, policyDocument } from "./policy-document.ts";

/** A zipped bundle as `scripts/bundle` makes it. */
export interface FunctionArchive {
  /** Where the zip lies. */
  readonly path: string;
  /** Base64 of the zip's SHA-256 sum, as Lambda shows it in `CodeSha256`. */
  readonly sha256: string;
}

export interface ServiceFunctionProps {
  /** Name of the function and of its role. */
  readonly name: string;
  readonly description: string;
  readonly region: string;
  readonly accountId: string;
  readonly archive: FunctionArchive;
  readonly architecture: "arm64" | "x64";
  /** Lambda's name of the Node.js version, such as `nodejs24.x`. */
  readonly runtime: string;
  /** From 128 to 10 240. */
  readonly memoryMb: number;
  /** From 1 to 900. */
  readonly timeoutSeconds: number;
  readonly environmentVariables: Readonly<Record<string, string>>;
  readonly subnets: readonly Subnet[];
  readonly securityGroup: SecurityGroup;
  /** What the function may do beyond writing its log and its traces. */
  readonly permissions: readonly PolicyStatement[];
  readonly logRetentionDays: number;
  readonly logEncryptionKey: EncryptionKey;
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

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id);
    const { name } = props;
    checkLimits(props);
    this.name = name;
    this.memoryMb = props.memoryMb;

    this.log = new LogGroup(this, "log", {
      name: `/aws/lambda/${name}`,
      retentionDays: props.logRetentionDays,
      encryptionKey: props.logEncryptionKey,
      // Those of our own servers, in errors about them. The service logs no client's.
      shows: "ip-addresses",
    });
    const role = new IamRole(this, "role", {
      name,
      assumeRolePolicy: policyDocument({
        sid: "Lambda",
        principals: { Service: "lambda.amazonaws.com" },
        actions: ["sts:AssumeRole"],
      }),
    });
    const policy = new IamRolePolicy(this, "policy", {
      name: "function",
      role: role.name,
      policy: policyDocument(...functionStatements({ ...props, logGroup: this.log }), ...props.permissions),
    });

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
  }
}

// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
function checkLimits({ name, memoryMb, timeoutSeconds, runtime }: ServiceFunctionProps): void {
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
}
