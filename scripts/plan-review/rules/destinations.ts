import type { Difference } from "../differences.ts";
import { type Finding, findingsAbout, toCodeSpan, unknownYet } from "../finding.ts";
import { findAccounts, findHost, isProviderHost, toDomain } from "../owners.ts";
import { isRemoval, type ResourceChange } from "../plan.ts";

const { warning, critical } = findingsAbout("Destination");

/** Names of attributes that refer to where requests or data go, and to what they pass on the way. */
const references = new RegExp(
  [
    "(^|_)(arns?|ur[il]s?|ids?|addresses|bucket|domain_names?|endpoints?|fqdns|functions?|hosts?|layers|locations?|path|path_pattern)$",
    "(^|_)(destination(s|_configs)?|http_method|log_groups?|name_servers|origins?|qualifier|queues?|records|roles?|servers?|stage)$",
    "(^|_)(actions|event_type|subnets?|targets?|topics?|service_namespace|scalable_dimension|weight)$",
    "(app|cluster|function|group|policy|queue|service|source|stage|table|topic)_names?$|^alias\\.(\\d+\\.)?name$",
  ].join("|"),
  "i",
);

/** Other rules are about these, or nothing goes there. */
const otherReferences =
  /(^|[._])(kms_key|master_key|data_key|target_key|key_arn|polic(y|ies)_arns?$|permissions_boundary|security_group_ids|security_groups|referenced_security)|^(tags|tags_all|id|version_id|web_acl_id)\b/;

/** What leads elsewhere by design. */
const expected: Readonly<Record<string, string>> = {
  "aws_api_gateway_stage deployment_id": "the stage serves the routes as this plan leaves them",
};

/** Requests or data go elsewhere: to another of our resources, or to an account or a domain that is not. */
export function checkDestinations(change: ResourceChange): Finding[] {
  if (isRemoval(change) || change.effect === "import") return [];
  const moves = change.differences.flatMap((difference) => toMove(change, difference) ?? []);
  return [
    ...summarize(
      critical,
      moves.filter(({ isForeign }) => isForeign),
    ),
    ...summarize(
      warning,
      moves.filter(({ isForeign, reason }) => !isForeign && !reason),
    ),
    ...moves.flatMap(({ path, reason }): Finding[] =>
      reason ? [{ severity: "info", subject: "Destination", text: `${path} changes: ${reason}` }] : [],
    ),
  ];
}

interface Move {
  /** In a code span. */
  readonly path: string;
  readonly text: string;
  readonly isForeign: boolean;
  /** Why it needs no attention. */
  readonly reason: string | undefined;
}

/** Further attributes are counted. */
const maxListed = 6;

function summarize(finding: (text: string) => Finding, moves: readonly Move[]): Finding[] {
  if (moves.length === 0) return [];
  const more = moves.length > maxListed ? [`and ${moves.length - maxListed} more`] : [];
  return [finding([...moves.slice(0, maxListed).map(({ text }) => text), ...more].join("; "))];
}

function toMove(
  { type, effect, inputs, replacePaths, owners }: ResourceChange,
  difference: Difference,
): Move | undefined {
  const { path, name, unknown, sensitive } = difference;
  const [top] = path.split(".");
  const [before, after] = [toTexts(difference.before), toTexts(difference.after)] as const;
  const isReference =
    references.test(name) || references.test(path) || [...before, ...after].some((value) => /^arn:|:\/\//.test(value));
  if (!isReference || otherReferences.test(path) || (inputs && !inputs.has(top!))) return undefined;
  const [added, removed] = [without(after, before), without(before, after)];
  const foreign = added.flatMap((value) => findForeign(value, before, owners));
  // The replacement or the creation says the rest.
  const isSaid =
    effect === "create" || (effect === "replace" && (unknown || replacePaths.some((each) => each.startsWith(top!))));
  if (foreign.length === 0 && isSaid) return undefined;
  const span = toCodeSpan(path);
  const show = (values: readonly string[]) =>
    values
      .flatMap((value) => toPlace(value) ?? [])
      .slice(0, maxListed)
      .join(", ");
  const [to, from] = sensitive ? ["", ""] : [show(added), show(removed)];
  const isLost = !unknown && added.length === 0 && (removed.length > 0 || difference.after === undefined);
  // An alarm that notifies fewer has a rule.
  if ((isLost || unknown) && name === "alarm_actions") return undefined;
  const known = to ? `leads to ${to}${from && `, before: ${from}`}` : from ? `no longer leads to ${from}` : "changes";
  const text = `${span} ${unknown ? unknownYet : isLost && !from && after.length === 0 ? "is removed" : known}`;
  const isForeign = foreign.length > 0;
  const owner = isForeign && !sensitive ? `, of ${[...new Set(foreign)].join(", ")}` : "";
  return { path: span, text: text + owner, isForeign, reason: expected[`${type} ${path}`] };
}

const toTexts = (value: unknown): string[] =>
  [value ?? []].flat().filter((each) => typeof each === "string" && each !== "") as string[];
const without = (these: readonly string[], those: readonly string[]) => these.filter((each) => !those.includes(each));

/** A value as far as it holds no secret: of a URL only the host, of an e-mail address only the domain. */
function toPlace(value: string): string | undefined {
  const place = /^arn:[\w-]+:/.test(value) ? value : findHost(value);
  return place && toCodeSpan(place);
}

/** The accounts and the domain of a value, as far as they are neither ours nor those of the value before. */
function findForeign(value: string, before: readonly string[], owners: ResourceChange["owners"]): string[] {
  const own = owners.accounts.size > 0 ? owners.accounts : new Set(before.flatMap(findAccounts));
  const accounts = own.size > 0 ? findAccounts(value).filter((account) => !own.has(account)) : [];
  const host = findHost(value);
  const domains = new Set([...owners.domains, ...before.flatMap((each) => findHost(each) ?? []).map(toDomain)]);
  const isForeign = host && !isProviderHost(host) && domains.size > 0 && !domains.has(toDomain(host));
  return [
    ...accounts.map((account) => `the other account ${toCodeSpan(account)}`),
    ...(isForeign ? [`the other domain ${toCodeSpan(toDomain(host))}`] : []),
  ];
}
