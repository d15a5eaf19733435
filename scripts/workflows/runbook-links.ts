import { toNamePrefix } from "../../service/contract.ts";
import { toRunbookUrl } from "../../stacks/environments/shared.ts";
import type { Environment } from "../../stacks/environments.ts";

/** The repository on the Git host, to which alarms link, too. */
const [repository] = toRunbookUrl("waf").split("/blob/");

/** Where an engineer on call looks first, by the label of the link. */
export function toTargets({ name, region }: Environment): Readonly<Record<string, string>> {
  const cloudWatch = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}`;
  return {
    [`${name} dashboard`]: `${cloudWatch}#dashboards/dashboard/${toNamePrefix(name)}-${region}`,
    [`${name} queries`]: `${cloudWatch}#logsV2:logs-insights`,
    [`${name} pipeline`]: `${repository}/actions/workflows/${name}.yml`,
  };
}

/** The lines that this file writes: one for each environment, and its targets. */
const links = /^[A-Z][a-z0-9]*: \[dashboard\]\[.*\n+/gm;
const definitions = /^\[[a-z0-9]+ (?:dashboard|queries|pipeline)\]: .*\n/gm;

/**
 * A runbook whose introduction ends with links to the dashboard, the saved queries and the pipeline of each environment.
 * @param environments the last of the way of a release comes first: users notice its incidents
 */
export function withLinks(markdown: string, environments: readonly Environment[]): string {
  const ordered = environments.toReversed();
  const paragraph = ordered.map(({ name }) => {
    const title = name[0]!.toUpperCase() + name.slice(1);
    return `${title}: [dashboard][${name} dashboard], [saved queries][${name} queries], [pipeline][${name} pipeline].\n`;
  });
  const targets = ordered.flatMap((environment) => Object.entries(toTargets(environment)));
  const text = markdown.replace(links, "").replace(definitions, "").trimEnd();
  return [
    text.replace(/^## /m, `${paragraph.join("")}\n## `),
    "\n\n",
    ...targets.map(([label, url]) => `[${label}]: ${url}\n`),
  ].join("");
}
