import { LambdaAlias } from "@cdktf/provider-aws/lib/lambda-alias/index.js";
import { LambdaFunctionEventInvokeConfig } from "@cdktf/provider-aws/lib/lambda-function-event-invoke-config/index.js";
import { Construct } from "constructs";
import type { ServiceFunctionName } from "../../../service/contract.ts";
import { liveAlias } from "../../names.ts";
import type { LogGroup } from "../observability/log-group.ts";
import { type ArchiveFunctionProps, addArchiveFunction } from "./archive-function.ts";

export interface ServiceFunctionProps extends Omit<ArchiveFunctionProps, "handler" | "publish"> {
  /**
   * Whether each deployment moves the alias to the new version, because there are no releases.
   *
   * @default false
   */
  readonly aliasFromDeployments?: boolean;
}

/**
 * A Lambda function that serves requests, with the alias `live`.
 *
 * Each change publishes a version. By default only releases move the alias, and Terraform ignores its version. Callers invoke the alias,
 * never the function itself, and wait for the response: Lambda does not retry an asynchronous invocation, whose request may
 * contain a password, and stores it nowhere. Billed by request, memory and time.
 *
 * @example
 * new ServiceFunction(this, "api", {
 *   name, description, archive, memoryMb: 512, timeoutSeconds: 30, reservedConcurrency: 50, environmentVariables, network, permissions,
 * });
 */
export class ServiceFunction extends Construct {
  readonly name: string;
  readonly memoryMb: number;
  readonly log: LogGroup;
  readonly alias: LambdaAlias;
  readonly reservedConcurrency: number;

  constructor(scope: Construct, id: ServiceFunctionName, props: ServiceFunctionProps) {
    super(scope, id);
    this.name = props.name;
    this.memoryMb = props.memoryMb;
    this.reservedConcurrency = props.reservedConcurrency;
    const { lambda, log } = addArchiveFunction(this, { ...props, handler: `${id}.handler`, publish: true });
    this.log = log;
    this.alias = new LambdaAlias(this, "live", {
      name: liveAlias,
      description: props.aliasFromDeployments
        ? "The version that serves requests; moved by deployments"
        : "The version that serves requests; moved by releases, which say here what they did",
      functionName: lambda.functionName,
      functionVersion: lambda.version,
      ...(!props.aliasFromDeployments && {
        lifecycle: { ignoreChanges: ["function_version", "routing_config", "description"] },
      }),
    });
    new LambdaFunctionEventInvokeConfig(this, "async-invocations", {
      functionName: lambda.functionName,
      qualifier: this.alias.name,
      maximumRetryAttempts: 0,
      maximumEventAgeInSeconds: 60,
    });
  }
}
