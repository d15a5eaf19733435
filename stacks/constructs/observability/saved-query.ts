import { CloudwatchQueryDefinition } from "@cdktf/provider-aws/lib/cloudwatch-query-definition/index.js";
import type { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { Construct } from "constructs";
import type { LogGroup } from "./log-group.ts";

export interface SavedQueryProps {
  /** What CloudWatch lists it as. A slash makes folders. */
  readonly name: string;
  readonly logs: readonly LogGroup[];
  /** Commands of CloudWatch Logs Insights, in their order: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html */
  readonly commands: readonly string[];
  /** @default the stack's own provider, and its region */
  readonly provider?: AwsProvider;
}

/** Commands as one query. */
export const queryString = (commands: readonly string[]): string => commands.join("\n| ");

/** A query that CloudWatch Logs Insights offers by its name. Free to keep; running it is billed by the gigabyte. */
export class SavedQuery extends Construct {
  constructor(scope: Construct, id: string, props: SavedQueryProps) {
    super(scope, id);
    new CloudwatchQueryDefinition(this, "definition", {
      ...(props.provider && { provider: props.provider }),
      name: props.name,
      logGroupNames: props.logs.map((log) => log.name),
      queryString: queryString(props.commands),
    });
  }
}
