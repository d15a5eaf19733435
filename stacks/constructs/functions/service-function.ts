import { LambdaAlias } from "@cdktf/provider-aws/lib/lambda-alias/index.js";
import { LambdaFunctionEventInvokeConfig } from "@cdktf/provider-aws/lib/lambda-function-event-invoke-config/index.js";
import { Construct } from "constructs";
import { ConstructError } from "../../errors.ts";
import { liveAlias } from "../../names.ts";
import type { LogGroup } from "../observability/log-group.ts";
import { type ArchiveFunctionProps, addArchiveFunction } from "./archive-function.ts";

export type ServiceFunctionProps = Omit<ArchiveFunctionProps, "handler" | "publish">;

/**
 * A Lambda function that serves requests, with the alias `live`.
 *
 * Each change publishes a version, but only releases move the alias; Terraform ignores its version. Callers invoke the alias,
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

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id);
    checkLimits(props);
    this.name = props.name;
    this.memoryMb = props.memoryMb;
    this.reservedConcurrency = props.reservedConcurrency;
    const { lambda, log } = addArchiveFunction(this, { ...props, handler: "index.handler", publish: true });
    this.log = log;
    this.alias = new LambdaAlias(this, "live", {
      name: liveAlias,
      description: "The version that serves requests; moved by releases, which say here what they did",
      functionName: lambda.functionName,
      functionVersion: lambda.version,
      lifecycle: { ignoreChanges: ["function_version", "routing_config", "description"] },
    });
    new LambdaFunctionEventInvokeConfig(this, "async-invocations", {
      functionName: lambda.functionName,
      qualifier: this.alias.name,
      maximumRetryAttempts: 0,
      maximumEventAgeInSeconds: 60,
    });
  }
}

// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
function checkLimits({ name, memoryMb, timeoutSeconds, reservedConcurrency }: ServiceFunctionProps): void {
  if (!Number.isInteger(memoryMb) || memoryMb < 128 || memoryMb > 10_240) {
    throw new ConstructError("function-memory-invalid", {
      what: `The function "${name}" has ${memoryMb} MB of memory.`,
      why: "Lambda supports whole numbers from 128 to 10,240 MB.",
      action: "Choose a number in that range.",
    });
  }
  if (!Number.isInteger(timeoutSeconds) || timeoutSeconds < 1 || timeoutSeconds > 900) {
    throw new ConstructError("function-timeout-invalid", {
      what: `The function "${name}" has a timeout of ${timeoutSeconds} s.`,
      why: "Lambda supports whole numbers from 1 to 900 s.",
      action: "Choose a number in that range.",
    });
  }
  if (!Number.isInteger(reservedConcurrency) || reservedConcurrency < 1) {
    throw new ConstructError("reserved-concurrency-invalid", {
      what: `The function "${name}" has a reserved concurrency of ${reservedConcurrency}.`,
      why: "Lambda counts whole requests, and with 0 it throttles all of them.",
      action: "Choose at least 1.",
    });
  }
}
