import { AppautoscalingPolicy } from "@cdktf/provider-aws/lib/appautoscaling-policy/index.js";
import { AppautoscalingTarget } from "@cdktf/provider-aws/lib/appautoscaling-target/index.js";
import { LambdaProvisionedConcurrencyConfig } from "@cdktf/provider-aws/lib/lambda-provisioned-concurrency-config/index.js";
import { Construct } from "constructs";
import type { ServiceFunction } from "./service-function.ts";

/** How many execution environments of a function are kept ready. */
export interface ProvisionedConcurrencyRange {
  /** Ready at all times, at least 1. */
  readonly minimum: number;
  /** The most that scaling adds up to; not above what the function has reserved. */
  readonly maximum: number;
  /** Percent of them that are busy, on average over three minutes, before there are to be more. From 10 to 90. */
  readonly utilizationPercent: number;
}

export interface ProvisionedConcurrencyProps extends ProvisionedConcurrencyRange {
  readonly function: ServiceFunction;
}

/**
 * Execution environments of a function's alias that have started before a request comes: no cold start up to that many
 * requests at once. Application Auto Scaling moves the number with use, and Terraform leaves it to it.
 *
 * Beyond the number requests start cold, as without. When a release moves the alias, Lambda goes on with the old version
 * until the new one has its environments. While a release splits requests between two versions, more of them start cold, and
 * Lambda refuses to change the number: https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html and
 * https://github.com/hashicorp/terraform/issues/24957
 *
 * Billed by memory and time for as long as they are ready, used or not; each use by memory and time again, at a lower price.
 */
export class ProvisionedConcurrency extends Construct {
  constructor(scope: Construct, id: string, props: ProvisionedConcurrencyProps) {
    super(scope, id);
    checkRange(props);
    const { alias, name } = props.function;

    const ready = new LambdaProvisionedConcurrencyConfig(this, "ready", {
      functionName: alias.functionName,
      qualifier: alias.name,
      provisionedConcurrentExecutions: props.minimum,
      lifecycle: { ignoreChanges: ["provisioned_concurrent_executions"] },
    });
    const target = new AppautoscalingTarget(this, "target", {
      serviceNamespace: "lambda",
      scalableDimension: "lambda:function:ProvisionedConcurrency",
      resourceId: `function:${alias.functionName}:${alias.name}`,
      minCapacity: props.minimum,
      maxCapacity: props.maximum,
      dependsOn: [ready],
    });
    new AppautoscalingPolicy(this, "policy", {
      name,
      policyType: "TargetTrackingScaling",
      serviceNamespace: target.serviceNamespace,
      scalableDimension: target.scalableDimension,
      resourceId: target.resourceId,
      targetTrackingScalingPolicyConfiguration: {
        targetValue: props.utilizationPercent / 100,
        customizedMetricSpecification: { metrics: utilizationMetrics(name, alias.name) },
      },
    });
  }
}

/**
 * What `LambdaProvisionedConcurrencyUtilization` stands for, but nothing counts as zero: Lambda is silent while nobody calls,
 * and what a burst had added would stay, and be paid, until somebody does.
 */
function utilizationMetrics(name: string, aliasName: string) {
  const metric = {
    namespace: "AWS/Lambda",
    metricName: "ProvisionedConcurrencyUtilization",
    dimensions: [
      { name: "FunctionName", value: name },
      { name: "Resource", value: `${name}:${aliasName}` },
    ],
  };
  return [
    { id: "measured", metricStat: { metric, stat: "Average" }, returnData: false },
    { id: "filled", expression: "FILL(measured, 0)", label: "Utilization", returnData: true },
  ];
}

function checkRange(props: ProvisionedConcurrencyProps): void {
  const { minimum, maximum, utilizationPercent } = props;
  const { name, reservedConcurrency } = props.function;
  if (![minimum, maximum].every(Number.isInteger) || minimum < 1 || maximum < minimum) {
    throw new Error(
      `The function "${name}" is to have from ${minimum} to ${maximum} execution environments ready. Lambda keeps whole ` +
        `ones, and the least may not be above the most. Choose at least 1, and a maximum not below it.`,
    );
  }
  // https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
  if (maximum > reservedConcurrency) {
    throw new Error(
      `The function "${name}" is to have up to ${maximum} execution environments ready, and ${reservedConcurrency} are ` +
        `reserved for it. Lambda keeps no more ready than may run at once. Reserve more, or keep fewer ready.`,
    );
  }
  // As AWS's own CDK checks: https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/aws-lambda/lib/alias.ts
  if (!(utilizationPercent >= 10 && utilizationPercent <= 90)) {
    throw new Error(
      `The function "${name}" is to keep ${utilizationPercent} % of its ready execution environments busy. Application ` +
        `Auto Scaling aims at 10 to 90 % for Lambda. Choose a share in that range.`,
    );
  }
}
