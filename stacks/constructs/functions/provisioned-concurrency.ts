import { AppautoscalingPolicy } from "@cdktf/provider-aws/lib/appautoscaling-policy/index.js";
import { AppautoscalingTarget } from "@cdktf/provider-aws/lib/appautoscaling-target/index.js";
import { LambdaProvisionedConcurrencyConfig } from "@cdktf/provider-aws/lib/lambda-provisioned-concurrency-config/index.js";
import { Construct } from "constructs";
import type { ProvisionedConcurrencyRange } from "../../environment-functions.ts";
import type { ServiceFunction } from "./service-function.ts";

export interface ProvisionedConcurrencyProps extends ProvisionedConcurrencyRange {
  readonly function: ServiceFunction;
}

/**
 * Provisioned concurrency of a function's alias: up to that concurrency no request waits for a cold start. Application Auto
 * Scaling adjusts it to the utilization, and Terraform ignores the adjusted value.
 *
 * When a release shifts the alias, Lambda routes to the old version until the new version's environments are initialised. While
 * a release splits traffic between two versions, more requests start cold, and Lambda rejects changes of the provisioned
 * concurrency: https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html and
 * https://github.com/hashicorp/terraform/issues/24957
 *
 * Costs about $18 a month idle. Billed by memory and time, used or not; use is billed in addition, at a lower price.
 *
 * @example
 * new ProvisionedConcurrency(this, "auth-provisioned-concurrency", { function: auth, minimum: 2, maximum: 20, utilizationPercent: 70 });
 */
export class ProvisionedConcurrency extends Construct {
  constructor(scope: Construct, id: string, props: ProvisionedConcurrencyProps) {
    super(scope, id);
    const { alias, name } = props.function;

    const config = new LambdaProvisionedConcurrencyConfig(this, "config", {
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
      dependsOn: [config],
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
 * The predefined metric `LambdaProvisionedConcurrencyUtilization`, with missing data as zero. Lambda publishes no data without
 * requests: what a burst added would otherwise stay, and cost money, until the next request.
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
