import { CloudwatchContributorInsightRule } from "@cdktf/provider-aws/lib/cloudwatch-contributor-insight-rule/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { LogGroup } from "./log-group.ts";

export interface ErrorTrackingProps {
  /** Logs of the functions. */
  readonly logs: readonly LogGroup[];
}

/**
 * Counts errors by fingerprint: a Contributor Insights rule over the functions' logs. Billed by the month, and by million
 * matching lines.
 *
 * @example new ErrorTracking(this, "errors", { logs: [auth.log, api.log] });
 */
export class ErrorTracking extends Construct {
  readonly ruleName: string;

  constructor(scope: Construct, id: string, props: ErrorTrackingProps) {
    super(scope, id);
    this.ruleName = EcobeatStack.of(this).resourceName("errors");
    new CloudwatchContributorInsightRule(this, "rule", {
      ruleName: this.ruleName,
      ruleState: "ENABLED",
      // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ContributorInsights-RuleSyntax.html
      ruleDefinition: JSON.stringify({
        Schema: { Name: "CloudWatchLogRule", Version: 1 },
        LogGroupNames: props.logs.map((log) => log.name),
        LogFormat: "JSON",
        Contribution: { Keys: ["$.fingerprint"], Filters: [{ Match: "$.level", In: ["error"] }] },
        AggregateOn: "Count",
      }),
    });
  }
}
