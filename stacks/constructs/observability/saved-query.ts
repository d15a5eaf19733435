import { CloudwatchQueryDefinition } from "@cdktf/provider-aws/lib/cloudwatch-query-definition/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { LogGroup } from "./log-group.ts";

export interface SavedQueryProps {
  /** Name in the environment's folder. */
  readonly name: string;
  /** All in one region. */
  readonly logs: readonly [LogGroup, ...LogGroup[]];
  /** Commands of CloudWatch Logs Insights: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html */
  readonly commands: readonly string[];
}

export const toQueryString = (commands: readonly string[]): string => commands.join("\n| ");

/**
 * A saved query of CloudWatch Logs Insights. Free; each run is billed by the gigabyte.
 *
 * @example
 * new SavedQuery(this, "cold-starts", {
 *   name: "cold starts", logs: [log], commands: ['filter type = "platform.report"'],
 * });
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
