import { LambdaAlias } from "@cdktf/provider-aws/lib/lambda-alias/index.js";
import { LambdaFunctionEventInvokeConfig } from "@cdktf/provider-aws/lib/lambda-function-event-invoke-config/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { liveAlias } from "../../names.ts";
import type { LogGroup } from "../observability/log-group.ts";
import { type ArchiveFunctionProps, addArchiveFunction } from "./archive-function.ts";
import type { DeadLetterQueue } from "./dead-letter-queue.ts";

export interface ServiceFunctionProps extends ArchiveFunctionProps {
  readonly description: string;
  /** From 128 to 10 240. */
  readonly memoryMb: number;
  /** From 1 to 900. */
  readonly timeoutSeconds: number;
  /**
   * Requests that the function answers at once, at the most; the next ones are refused. As many of the account's are
   * kept for it.
   */
  readonly reservedConcurrency: number;
  /**
   * Gets what was called without anybody waiting for the answer and failed three times, request and all.
   *
   * @default none, for functions whose callers wait: a call without that is not tried again, and its request, which may
   * hold a password, is kept nowhere
   */
  readonly failures?: DeadLetterQueue;
}

/**
 * A Lambda function in the private subnets, with a role and a log group of its own, X-Ray tracing and the alias `live`.
 *
 * ```ts
 * new ServiceFunction(this, "api", {
 *   name, description, archive, memoryMb: 512, timeoutSeconds: 30, reservedConcurrency: 50, environmentVariables, permissions,
 * });
 * ```
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
    checkLimits(EcobeatStack.of(this).environment.functions.runtime, props);
    this.name = name;
    this.memoryMb = props.memoryMb;
    this.reservedConcurrency = props.reservedConcurrency;

    const permissions = [...props.permissions, ...(props.failures?.sendPermissions ?? [])];
    const { lambda, log } = addArchiveFunction(
      this,
      { ...props, permissions },
      { ...props, handler: "index.handler", publish: true },
    );
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
function checkLimits(runtime: string, props: ServiceFunctionProps): void {
  const { name, memoryMb, timeoutSeconds, reservedConcurrency } = props;
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
