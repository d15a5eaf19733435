import { CloudwatchQueryDefinition } from "@cdktf/provider-aws/lib/cloudwatch-query-definition/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { LogGroup } from "./log-group.ts";

export interface SavedQueryProps {
  /** What CloudWatch lists it as, in a folder of the environment. */
  readonly name: string;
  /** At least one; all in one region. */
  readonly logs: readonly [LogGroup, ...LogGroup[]];
  /** Commands of CloudWatch Logs Insights, in their order: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html */
  readonly commands: readonly string[];
}

/** Commands as one query. */
export const toQueryString = (commands: readonly string[]): string => commands.join("\n| ");

/**
 * A query that CloudWatch Logs Insights offers by its name. Free to keep; running it is billed by the gigabyte.
 *
 * ```ts
 * new SavedQuery(this, "cold-starts", {
 *   name: "cold starts", logs: [log], commands: ['filter type = "platform.report"'],
 * });
 * ```
 */
export class SavedQuery extends Construct {
  constructor(scope: Construct, id: string, props: SavedQueryProps) {
    super(scope, id);
    const { provider } = props.logs[0].resource;
    new CloudwatchQueryDefinition(this, "definition", {
      ...(provider && { provider }),
      name: `${EcobeatStack.of(this).namePrefix}/${props.name}`,
      logGroupNames: props.logs.map((log) => log.name),
      queryString: toQueryString(props.commands),
    });
  }
}
