import { AppautoscalingPolicy } from "@cdktf/provider-aws/lib/appautoscaling-policy/index.js";
import { AppautoscalingTarget } from "@cdktf/provider-aws/lib/appautoscaling-target/index.js";
import { LambdaProvisionedConcurrencyConfig } from "@cdktf/provider-aws/lib/lambda-provisioned-concurrency-config/index.js";
import { Construct } from "constructs";
import type { ProvisionedConcurrencyRange } from "../../environments.ts";
import { ConstructError } from "../../errors.ts";
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
    checkProps(props);
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

function checkProps({
  function: { name, reservedConcurrency },
  minimum,
  maximum,
  utilizationPercent,
}: ProvisionedConcurrencyProps): void {
  if (![minimum, maximum].every(Number.isInteger) || minimum < 1 || maximum < minimum) {
    throw new ConstructError("provisioned-concurrency-invalid", {
      what: `The function "${name}" has a provisioned concurrency from ${minimum} to ${maximum}.`,
      why: "Both limits are whole numbers from 1, and the minimum is at most the maximum.",
      action: "Choose a minimum of at least 1, and a maximum that is not below it.",
    });
  }
  // https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
  if (maximum > reservedConcurrency) {
    throw new ConstructError("provisioned-above-reserved", {
      what: `The function "${name}" has a provisioned concurrency of up to ${maximum}, and ${reservedConcurrency} reserved.`,
      why: "Lambda does not provision more than a function has reserved.",
      action: "Raise the reserved concurrency, or lower the maximum.",
    });
  }
  // As AWS's own CDK checks: https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/aws-lambda/lib/alias.ts
  if (!(utilizationPercent >= 10 && utilizationPercent <= 90)) {
    throw new ConstructError("provisioned-utilization-invalid", {
      what: `The function "${name}" has a target utilization of ${utilizationPercent} %.`,
      why: "Application Auto Scaling supports 10 to 90 % for Lambda.",
      action: "Choose a percentage in that range.",
    });
  }
}
