import { toCodeSpan } from "./code-span.ts";
import { computeDifferences, type Difference } from "./differences.ts";
import { findWorstSeverity, type LocatedFinding } from "./evaluate.ts";
import { type Severity, severities } from "./finding.ts";
import type { Effect, Plan, ResourceChange } from "./plan.ts";

const titles: Readonly<Record<Severity, string>> = { critical: "Critical", warning: "Warnings", info: "Info" };

/** A comment on GitHub may have 65,536 characters. */
const maxReviewLength = 60_000;

/** The text for a reviewer, the worst first. The lists of all changes are folded, and omitted if they are too long. */
export function toMarkdown(plans: readonly Plan[], findings: readonly LocatedFinding[]): string {
  const head = [
    `## Plan: ${findWorstSeverity(findings) ?? (hasChanges(plans) ? "no findings" : "no changes")}`,
    toTable(plans, findings),
    ...severities.toReversed().flatMap((severity) => toSection(severity, findings)),
  ].join("\n\n");
  return `${truncate(head, plans.flatMap(toDetails))}\n`;
}

/** Names the stacks that were not planned because they have no state; nothing if there are none. */
export const toUndeployedList = (stackNames: readonly string[]): string[] =>
  stackNames.length === 0
    ? []
    : [
        "## Not deployed",
        stackNames
          .map(
            (name) => `- ${toCodeSpan(name)} has no state yet, or none that the token may read, and was not planned.`,
          )
          .join("\n"),
      ];

const hasChanges = (plans: readonly Plan[]): boolean =>
  plans.some(({ changes, drift }) => changes.length + drift.length > 0);

const effects: readonly Effect[] = ["create", "change", "replace", "destroy", "forget", "import"];

function toTable(plans: readonly Plan[], findings: readonly LocatedFinding[]): string {
  const count = ({ changes }: Plan, effect: Effect) =>
    changes.filter((change) => change.effect === effect).length || "";
  const columns = effects.filter((effect) => effect !== "import" || plans.some((plan) => count(plan, effect)));
  const hasDrift = plans.some(({ drift }) => drift.length > 0);
  const rows = plans.map((plan) => [
    toCodeSpan(plan.stack),
    ...columns.map((effect) => count(plan, effect)),
    ...(hasDrift ? [plan.drift.length || ""] : []),
    findWorstSeverity(findings.filter(({ stack }) => stack === plan.stack)) ?? "",
  ]);
  const heads = ["stack", ...columns, ...(hasDrift ? ["drift"] : []), "worst"];
  return [heads, heads.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Further findings of one severity are counted: their resources are in the list of changes. */
const maxListed = 50;

function toSection(severity: Severity, findings: readonly LocatedFinding[]): string[] {
  const found = findings.filter((finding) => finding.severity === severity);
  if (found.length === 0) return [];
  const lines = found.slice(0, maxListed).map(({ subject, stack, address, text }) => {
    const resource = address ? `${toCodeSpan(address)} in ${toCodeSpan(stack)}` : toCodeSpan(stack);
    return `- **${subject}**: ${resource}: ${text}.`;
  });
  const more = found.length > maxListed ? [`- and ${found.length - maxListed} more`] : [];
  return [`### ${titles[severity]} (${found.length})`, [...lines, ...more].join("\n")];
}

function toDetails({ stack, changes, drift }: Plan): string[] {
  return [
    ...toFoldedList(`${changes.length} changes in ${stack}`, changes),
    ...toFoldedList(`${drift.length} changed outside of Terraform in ${stack}`, drift),
  ];
}

function toFoldedList(title: string, changes: readonly ResourceChange[]): string[] {
  if (changes.length === 0) return [];
  const rows = changes.map(
    (change) => `| ${change.effect} | ${toCodeSpan(change.address)} | ${formatAttributes(change)} |`,
  );
  const table = ["| what | resource | attributes |", "| --- | --- | --- |", ...rows].join("\n");
  return [`<details><summary>${escapeText(title)}</summary>\n\n${table}\n\n</details>`];
}

/** Names of the changed attributes, with values that cannot be secret. Empty if the whole resource is created or destroyed. */
function formatAttributes(change: ResourceChange): string {
  if (change.effect !== "change" && change.effect !== "replace") return "";
  const differences = computeDifferences(change).filter(
    // An attribute that is sensitive as a whole is listed once, however many values are in it.
    ({ sensitive, path }, index, all) => !sensitive || all[index - 1]?.path !== path,
  );
  // Attributes that AWS recomputes at each change say nothing, unless there are no others.
  const known = differences.filter(({ unknown }) => !unknown);
  const shown = (known.length > 0 ? known : differences).slice(0, 12).map(formatDifference);
  const more = differences.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(", ");
}

function formatDifference({ path, before, after, unknown, sensitive, name }: Difference): string {
  if (unknown) return `${toCodeSpan(path)} (known after the apply)`;
  if (sensitive) return `${toCodeSpan(path)} (sensitive)`;
  const isShown = [before, after].every((value) => isDisplayable(name, value));
  return isShown
    ? `${toCodeSpan(path)} ${toCodeSpan(before ?? null)} to ${toCodeSpan(after ?? null)}`
    : toCodeSpan(path);
}

/** Only the texts of these attributes are shown: the provider does not mark all secrets as sensitive. */
const displayableAttributes =
  /^(runtime|handler|node_type|instance_size|instance_type|engine_version|function_version|status|mode|schedule_expression|security_policy|minimum_protocol_version|comparison_operator|statistic|cidr_ipv4|cidr_ipv6|ip_protocol)$/;

const isDisplayable = (name: string, value: unknown): boolean =>
  value === undefined ||
  typeof value === "boolean" ||
  (typeof value === "number" && !/secret|password|token|pin/i.test(name)) ||
  (typeof value === "string" && displayableAttributes.test(name));

/** Text outside of code spans, where HTML is markup and `@` mentions a user. */
const escapeText = (text: string): string =>
  text.replace(/\s+/g, " ").replace(/[<>&`@]/g, (sign) => `&#${sign.charCodeAt(0)};`);

function truncate(head: string, details: readonly string[]): string {
  const parts = [head.slice(0, maxReviewLength)];
  let length = head.length;
  for (const [index, detail] of details.entries()) {
    length += detail.length;
    if (length > maxReviewLength) {
      parts.push(`${details.length - index} more lists are omitted because they are too long: see \`terraform show\`.`);
      break;
    }
    parts.push(detail);
  }
  return parts.join("\n\n");
}
