import type { Difference } from "./differences.ts";
import { findWorstSeverity, type LocatedFinding } from "./evaluate.ts";
import { type Severity, severities, shorten, toCodeSpan } from "./finding.ts";
import type { Plan } from "./plan.ts";
import { type Effect, effects, type ResourceChange } from "./resource-change.ts";

const titles: Readonly<Record<Severity, string>> = { critical: "Critical", warning: "Warnings", info: "Info" };

/** The text for a reviewer, the worst first. The lists of all changes are folded, and omitted if they are too long. */
export function toMarkdown(plans: readonly Plan[], findings: readonly LocatedFinding[]): string {
  const hasChanges = plans.some(({ changes, drift }) => changes.length + drift.length > 0);
  const head = [
    `## Plan: ${findWorstSeverity(findings) ?? (hasChanges ? "no findings" : "no changes")}`,
    toSummary(plans, findings),
    ...severities.toReversed().flatMap((severity) => toSection(severity, findings)),
  ].join("\n\n");
  return `${truncate(head, plans.flatMap(toDetails))}\n`;
}

/** Names the stacks that were not planned because they have no state; nothing if there are none. */
export function toUndeployedList(stackNames: readonly string[]): string[] {
  const reason = "has no state yet, or none that the token may read, and was not planned.";
  const lines = stackNames.map((name) => `- ${toCodeSpan(name)} ${reason}`);
  return lines.length > 0 ? ["## Not deployed", lines.join("\n")] : [];
}

const toTable = ([head, ...rows]: readonly (readonly (string | number)[])[]): string =>
  [head!, head!.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

function toSummary(plans: readonly Plan[], findings: readonly LocatedFinding[]): string {
  const count = ({ changes }: Plan, effect: Effect) =>
    changes.filter((change) => (effect === "import" ? change.isImported : change.effect === effect)).length;
  const columns = effects.filter((effect) => effect !== "import" || plans.some((plan) => count(plan, effect)));
  const hasDrift = plans.some(({ drift }) => drift.length > 0);
  const rows = plans.map((plan) => [
    toCodeSpan(plan.stack),
    ...columns.map((effect) => count(plan, effect) || ""),
    ...(hasDrift ? [plan.drift.length || ""] : []),
    findWorstSeverity(findings.filter(({ stack }) => stack === plan.stack)) ?? "",
  ]);
  return toTable([["stack", ...columns, ...(hasDrift ? ["drift"] : []), "worst"], ...rows]);
}

/** An address identifies a resource, so that it may be longer than other values. */
const toAddressSpan = ({ address }: { readonly address: string }) => toCodeSpan(address, 300);

/** Further findings of one severity, and further resources of one, are counted: they are in the list of changes. */
const maxListed = 50;

/** One line for all resources of a stack of which a finding says the same. */
function toSection(severity: Severity, findings: readonly LocatedFinding[]): string[] {
  const found = findings.filter((finding) => finding.severity === severity);
  if (found.length === 0) return [];
  const groups = new Map<string, LocatedFinding[]>();
  for (const finding of found) {
    const line = JSON.stringify([finding.subject, finding.stack, finding.text, finding.address === ""]);
    groups.set(line, [...(groups.get(line) ?? []), finding]);
  }
  const listed = [...groups.values()].slice(0, maxListed);
  const lines = listed.map((group) => {
    const [{ subject, stack, address, text }] = group as [LocatedFinding];
    const resources = shorten(group.map(toAddressSpan), maxListed).join(", ");
    return `- **${subject}**: ${address && `${resources} in `}${toCodeSpan(stack)}: ${text}.`;
  });
  const more = found.length - listed.flat().length;
  return [
    `### ${titles[severity]} (${found.length})`,
    [...lines, ...(more > 0 ? [`- and ${more} more`] : [])].join("\n"),
  ];
}

const toDetails = ({ stack, changes, drift }: Plan): string[] => [
  ...toFoldedList(`${changes.length} change${changes.length === 1 ? "" : "s"} in ${stack}`, changes),
  ...toFoldedList(`${drift.length} changed outside of Terraform in ${stack}`, drift),
];

function toFoldedList(title: string, changes: readonly ResourceChange[]): string[] {
  if (changes.length === 0) return [];
  const rows = changes.map((change) => [change.effect, toAddressSpan(change), formatAttributes(change)]);
  const table = toTable([["what", "resource", "attributes"], ...rows]);
  // Outside of code spans, HTML is markup and `@` mentions a user.
  const summary = title.replace(/\s+/g, " ").replace(/[<>&`@]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return [`<details><summary>${summary}</summary>\n\n${table}\n\n</details>`];
}

/** Names of the changed attributes, with values that cannot be secret. Empty if the whole resource is created or destroyed. */
function formatAttributes(change: ResourceChange): string {
  if (change.effect !== "change" && change.effect !== "replace") return "";
  const differences = change.differences.filter(
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
  const attribute = toCodeSpan(path);
  if (unknown || sensitive) return `${attribute} (${unknown ? "known after the apply" : "sensitive"})`;
  const isShown = [before, after].every((value) => isDisplayable(name, value));
  return isShown ? `${attribute} ${toCodeSpan(before ?? null)} to ${toCodeSpan(after ?? null)}` : attribute;
}

/** Only the texts of these attributes are shown: the provider does not mark all secrets as sensitive. */
const displayableAttributes =
  /^(runtime|handler|node_type|instance_size|instance_type|engine_version|function_version|status|mode|schedule_expression|security_policy|minimum_protocol_version|comparison_operator|statistic|cidr_ipv4|cidr_ipv6|ip_protocol)$/;

const isDisplayable = (name: string, value: unknown): boolean =>
  /^(undefined|boolean)$/.test(typeof value) ||
  (typeof value === "number" && !/secret|password|token|pin/i.test(name)) ||
  (typeof value === "string" && displayableAttributes.test(name));

/** A comment on GitHub may have 65,536 characters. */
const maxReviewLength = 60_000;

function truncate(head: string, details: readonly string[]): string {
  const fitting = details.filter(
    (_, index) => [head, ...details.slice(0, index + 1)].join("").length <= maxReviewLength,
  );
  const omitted = details.length - fitting.length;
  const more = `${omitted} more lists are omitted because they are too long: see \`terraform show\`.`;
  return [head.slice(0, maxReviewLength), ...fitting, ...(omitted > 0 ? [more] : [])].join("\n\n");
}
