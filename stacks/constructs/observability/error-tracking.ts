import { CloudwatchContributorInsightRule } from "@cdktf/provider-aws/lib/cloudwatch-contributor-insight-rule/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { LogGroup } from "./log-group.ts";

export interface ErrorTrackingProps {
  /** Of functions, with one line of JSON for each event. */
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

  constructor(scope: Construct, id: string, { logs }: ErrorTrackingProps) {
    super(scope, id);
    // The provider sends no change of a rule to AWS, and replaces none, not even for another name. With the digest in its name and
    // its address, a changed rule is a new resource.
    // https://github.com/hashicorp/terraform-provider-aws/blob/v6.25.0/internal/service/cloudwatch/contributor_insight_rule.go
    const stack = EcobeatStack.of(this);
    const digest = stack.toDigest(toDefinition(logs.map((log) => log.resource.nameInput ?? ""))).slice(0, 8);
    this.ruleName = stack.resourceName(`errors-${digest}`);
    new CloudwatchContributorInsightRule(this, `rule-${digest}`, {
      ruleName: this.ruleName,
      ruleState: "ENABLED",
      ruleDefinition: toDefinition(logs.map((log) => log.name)),
    });
  }
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ContributorInsights-RuleSyntax.html */
const toDefinition = (logGroupNames: readonly string[]): string =>
  JSON.stringify({
    Schema: { Name: "CloudWatchLogRule", Version: 1 },
    LogGroupNames: logGroupNames,
    LogFormat: "JSON",
    Contribution: { Keys: ["$.fingerprint"], Filters: [{ Match: "$.level", In: ["error"] }] },
    AggregateOn: "Count",
  });
