import { AppautoscalingPolicy } from "@cdktf/provider-aws/lib/appautoscaling-policy/index.js";
import { AppautoscalingTarget } from "@cdktf/provider-aws/lib/appautoscaling-target/index.js";
import { LambdaProvisionedConcurrencyConfig } from "@cdktf/provider-aws/lib/lambda-provisioned-concurrency-config/index.js";
import { Construct } from "constructs";
import { checkRange, type ProvisionedConcurrencyRange } from "./provisioned-concurrency-range.ts";
import type { ServiceFunction } from "./service-function.ts";

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
 * ```ts
 * new ProvisionedConcurrency(this, "auth-ready", {
 *   function: auth, minimum: 2, maximum: 20, utilizationPercent: 70,
 * });
 * ```
 *
 * Costs about $18 a month idle. Billed by memory and time, used or not; each use by memory and time again, at a lower price.
 */
export class ProvisionedConcurrency extends Construct {
  constructor(scope: Construct, id: string, props: ProvisionedConcurrencyProps) {
    super(scope, id);
    checkRange(props.function, props);
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
