import { toCodeSpan } from "./code-span.ts";
import { computeDifferences, type Difference } from "./differences.ts";
import { findWorstSeverity, type LocatedFinding } from "./evaluate.ts";
import { type Severity, severities } from "./finding.ts";
import type { Effect, Plan, ResourceChange } from "./plan.ts";

const titles: Readonly<Record<Severity, string>> = {
  danger: "Danger",
  attention: "Attention",
  note: "Notes",
};

/** A comment on GitHub may have 65,536 characters. */
const maxReviewLength = 60_000;

/** What a reviewer reads, the worst first; the list of all changes is folded, and cut off where it grows too long. */
export function toMarkdown(plans: readonly Plan[], findings: readonly LocatedFinding[]): string {
  const verdict = findWorstSeverity(findings);
  const head = [
    `## Plan: ${verdict ? titles[verdict].toLowerCase() : countChanges(plans) === 0 ? "no changes" : "nothing of note"}`,
    toTable(plans, findings),
    ...severities.toReversed().flatMap((severity) => toSection(severity, findings)),
  ].join("\n\n");
  return `${truncate(head, plans.flatMap(toDetails))}\n`;
}

function toTable(plans: readonly Plan[], findings: readonly LocatedFinding[]): string {
  const count = (changes: readonly ResourceChange[], effect: Effect) =>
    changes.filter((change) => change.effect === effect).length || "";
  const hasDrift = plans.some(({ drift }) => drift.length > 0);
  const hasImports = plans.some(({ changes }) => count(changes, "import") !== "");
  const rows = plans.map(({ stack, changes, drift }) => [
    toCodeSpan(stack),
    ...effects.map((effect) => count(changes, effect)),
    ...(hasImports ? [count(changes, "import")] : []),
    ...(hasDrift ? [drift.length || ""] : []),
    findWorstSeverity(findings.filter((finding) => finding.stack === stack)) ?? "",
  ]);
  const heads = [
    "stack",
    "create",
    "change",
    "replace",
    "destroy",
    "forget",
    ...(hasImports ? ["import"] : []),
    ...(hasDrift ? ["drift"] : []),
    "worst",
  ];
  return [heads, heads.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

const effects = ["create", "change", "replace", "destroy", "forget"] as const;

const countChanges = (plans: readonly Plan[]): number =>
  plans.reduce((sum, { changes, drift }) => sum + changes.length + drift.length, 0);

/** More of one severity are counted: the rest is in the list of changes. */
const maxListed = 50;

function toSection(severity: Severity, findings: readonly LocatedFinding[]): string[] {
  const these = findings.filter((finding) => finding.severity === severity);
  if (these.length === 0) return [];
  const lines = these.slice(0, maxListed).map(({ subject, stack, address, text }) => {
    const where = address ? `${toCodeSpan(address)} in ${toCodeSpan(stack)}` : toCodeSpan(stack);
    return `- **${subject}**: ${where}: ${text}.`;
  });
  const more = these.length > maxListed ? [`- and ${these.length - maxListed} more`] : [];
  return [`### ${titles[severity]} (${these.length})`, [...lines, ...more].join("\n")];
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

/** Names of what changes, with values where they can be no secret. Of what is made or goes, nothing: it is all of it. */
function formatAttributes(change: ResourceChange): string {
  if (change.effect !== "change" && change.effect !== "replace") return "";
  const differences = computeDifferences(change).filter(
    // What is sensitive as a whole is one thing, however much is in it.
    ({ sensitive, path }, index, all) => !sensitive || all[index - 1]?.path !== path,
  );
  // What AWS computes anew at each change says nothing, unless it is all that is known.
  const told = differences.filter(({ unknown }) => !unknown);
  const shown = (told.length > 0 ? told : differences).slice(0, 12).map(formatDifference);
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

/** Texts are shown only of attributes that never hold a secret: a provider does not mark them all as sensitive. */
const displayableAttributes =
  /^(runtime|handler|node_type|instance_size|instance_type|engine_version|function_version|status|mode|schedule_expression|security_policy|minimum_protocol_version|comparison_operator|statistic|cidr_ipv4|cidr_ipv6|ip_protocol)$/;

const isDisplayable = (name: string, value: unknown): boolean =>
  value === undefined ||
  typeof value === "boolean" ||
  (typeof value === "number" && !/secret|password|token|pin/i.test(name)) ||
  (typeof value === "string" && displayableAttributes.test(name));

/** Text outside of code, where HTML would be HTML, and `@` would call somebody. */
const escapeText = (text: string): string =>
  text.replace(/\s+/g, " ").replace(/[<>&`@]/g, (sign) => `&#${sign.charCodeAt(0)};`);

function truncate(head: string, details: readonly string[]): string {
  const parts = [head.slice(0, maxReviewLength)];
  let length = head.length;
  for (const [index, detail] of details.entries()) {
    length += detail.length;
    if (length > maxReviewLength) {
      parts.push(
        `The lists of ${details.length - index} more are left out, as they are too long: \`terraform show\` has them.`,
      );
      break;
    }
    parts.push(detail);
  }
  return parts.join("\n\n");
}
