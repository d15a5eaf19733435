import { LambdaFunctionEventInvokeConfig } from "@cdktf/provider-aws/lib/lambda-function-event-invoke-config/index.js";
import { LambdaFunctionUrl } from "@cdktf/provider-aws/lib/lambda-function-url/index.js";
import { Construct } from "constructs";
import type { SupportVariables } from "../../../service/settings.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { auditLogDays, supportFunction } from "../../names.ts";
import { Alarm, type AlarmProps } from "../observability/alarm.ts";
import type { AlertTopic } from "../observability/alert-topic.ts";
import { getServiceMetric } from "../observability/service-metrics.ts";
import { type ArchiveFunctionProps, addArchiveFunction } from "./archive-function.ts";

export interface SupportFunctionProps
  extends Required<Pick<ArchiveFunctionProps, "archive" | "network" | "permissions">> {
  readonly environmentVariables: SupportVariables;
  readonly alertTopic: AlertTopic;
}

const hour = 3_600;

/**
 * The function through which support acts, with a URL that requires a signature of AWS: Lambda says who the caller is. The policy of
 * {@link SupportAccess} lets people call it; no one else may, since the function has no resource policy. It runs the latest deployed
 * version, as the backup functions do.
 *
 * Billed by the invocation, and by the month for two metrics and three alarms.
 *
 * @example new SupportFunction(this, "support", { archive, network, permissions, environmentVariables, alertTopic });
 */
export class SupportFunction extends Construct {
  constructor(scope: Construct, id: string, { alertTopic, ...props }: SupportFunctionProps) {
    super(scope, id);
    const name = EcobeatStack.of(this).resourceName(supportFunction);
    const { lambda } = addArchiveFunction(this, {
      ...props,
      environmentVariables: { ...props.environmentVariables },
      name,
      description: "Acts for support, with an audit log",
      handler: "index.support",
      memoryMb: 512,
      // More than the service's own deadline of 20 s and the entry of the outcome. The command waits longer.
      timeoutSeconds: 30,
      // A few people, one request at a time each: more would rather be a script.
      reservedConcurrency: 2,
      // As long as the entries in the database: the log is the copy that no function can change.
      logRetentionDays: auditLogDays,
    });
    new LambdaFunctionUrl(this, "url", { functionName: lambda.functionName, authorizationType: "AWS_IAM" });
    new LambdaFunctionEventInvokeConfig(this, "async-invocations", {
      functionName: lambda.functionName,
      // Who invokes it without its URL gets a refusal, and need not get it three times.
      maximumRetryAttempts: 0,
      maximumEventAgeInSeconds: 60,
    });
    const add = (kind: string, alarm: Omit<AlarmProps, "name" | "runbook" | "topic">) =>
      new Alarm(this, kind, { ...alarm, name: `${name}-${kind}`, runbook: "support", topic: alertTopic });
    add("errors", {
      summary: "The support function failed more than 3 times in 15 minutes: support cannot help users.",
      // https://docs.aws.amazon.com/lambda/latest/dg/urls-monitoring.html#urls-cloudwatch
      metric: { namespace: "AWS/Lambda", name: "Url5xxCount", dimensions: { FunctionName: name }, statistic: "Sum" },
      threshold: 3,
      periodSeconds: 900,
    });
    add("disclosures", {
      summary: "Support has shown or exported personal data more than 30 times in an hour.",
      metric: getServiceMetric("SupportDisclosures", "Sum"),
      threshold: 30,
      periodSeconds: hour,
    });
    add("deletions", {
      summary: "Support has deleted more than 10 accounts in an hour. Deletions are permanent.",
      // Each further one is a loss for a user.
      priority: "page",
      metric: getServiceMetric("SupportDeletions", "Sum"),
      threshold: 10,
      periodSeconds: hour,
    });
  }
}
