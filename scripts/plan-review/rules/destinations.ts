import type { Difference } from "../differences.ts";
import { type Finding, type Severity, severities, shorten, toCodeSpan, toCodeSpans, unknownYet } from "../finding.ts";
import { findAccounts, findHost, isProviderHost, type Owners, toDomain } from "../owners.ts";
import { isRemoval, type ResourceChange } from "../resource-change.ts";

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
  return severities.flatMap((severity) => {
    const texts = moves.filter((move) => move.severity === severity).map(({ text }) => text);
    return texts.length > 0 ? [{ severity, subject: "Destination", text: shorten(texts, maxListed).join("; ") }] : [];
  });
}

const maxListed = 6;

function toMove(
  { type, effect, inputs, replacePaths, owners }: ResourceChange,
  { path, name, unknown, sensitive, ...values }: Difference,
): { severity: Severity; text: string } | undefined {
  const [before, after] = [toTexts(values.before), toTexts(values.after)];
  const isReference =
    [name, path].some((each) => references.test(each)) ||
    [...before, ...after].some((value) => /^arn:|:\/\//.test(value));
  const top = path.split(".")[0]!;
  if (!isReference || otherReferences.test(path) || (inputs && !inputs.has(top))) return undefined;
  const [added, removed] = [without(after, before), without(before, after)];
  const foreign = [...new Set(added.flatMap((value) => findForeign(value, before, owners)))];
  const reason = expected[`${type} ${path}`];
  // The replacement or the creation says the rest.
  const isSaid =
    effect === "create" || (effect === "replace" && (unknown || replacePaths.some((each) => each.startsWith(top))));
  const isLost = !unknown && added.length === 0 && (removed.length > 0 || values.after === undefined);
  // An alarm that notifies fewer has a rule.
  if ((foreign.length === 0 && isSaid) || ((isLost || unknown) && name === "alarm_actions")) return undefined;
  const [to, from] = sensitive ? ["", ""] : [toPlaces(added), toPlaces(removed)];
  const isRemoved = isLost && after.length === 0;
  const other = from ? `no longer leads to ${from}` : isRemoved ? "is removed" : "changes";
  const known = to ? `leads to ${to}${from && `, before: ${from}`}` : other;
  const owner = foreign.length > 0 && !sensitive ? `, of ${foreign.join(", ")}` : "";
  if (foreign.length > 0) return { severity: "critical", text: `${toCodeSpan(path)} ${known}${owner}` };
  if (reason) return { severity: "info", text: `${toCodeSpan(path)} changes: ${reason}` };
  return { severity: "warning", text: `${toCodeSpan(path)} ${unknown ? unknownYet : known}` };
}

const toTexts = (value: unknown): string[] =>
  [value ?? []].flat().filter((each) => typeof each === "string" && each !== "") as string[];
const without = (these: readonly string[], those: readonly string[]) => these.filter((each) => !those.includes(each));

/** Values as far as they hold no secret: of a URL only the host, of an e-mail address only the domain. */
const toPlaces = (values: readonly string[]): string =>
  toCodeSpans(
    values.flatMap((value) => (/^arn:[\w-]+:/.test(value) ? value : (findHost(value) ?? []))).slice(0, maxListed),
  );

/** The accounts and the domain of a value, as far as they are neither ours nor those of the value before. */
function findForeign(value: string, before: readonly string[], owners: Owners): string[] {
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
