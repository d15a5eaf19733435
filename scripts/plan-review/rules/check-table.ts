import type { Difference } from "../differences.ts";
import { type Finding, toCodeSpan, unknownYet } from "../finding.ts";
import { isRemoval, type ResourceChange } from "../plan.ts";
import { type AttributeDirection, type Row, table } from "./table.ts";

const toPattern = (part: string): RegExp => new RegExp(`^(${part.replace(/^\*$/, ".*")})$`);
const rows = Object.entries(table).flatMap(([subject, list]) =>
  list.map((row) => ({ subject, row, type: toPattern(row[0]), attribute: toPattern(row[1]) })),
);

/** The rows by type, since a plan has thousands of resources. */
const rowsByType = new Map<string, typeof rows>();

/** What the table says about a change. */
export function checkTable(change: ResourceChange): Finding[] {
  const decided = new Set<string>();
  const own = rowsByType.get(change.type) ?? rows.filter(({ type }) => type.test(change.type));
  rowsByType.set(change.type, own);
  return own.flatMap(({ subject, row, attribute }) => {
    if (row[1] === "") return checkResource(change, subject, row);
    const found = change.differences.flatMap((difference, index) => {
      const { path, name } = difference;
      const isNamed = [name, path, path.split(".")[0]!].some((part) => attribute.test(part));
      const event = isNamed && !decided.has(subject + index) && describeEvent(change, subject, row, difference);
      if (event) decided.add(subject + index);
      return event ? [{ difference, event }] : [];
    });
    const [, , direction, severity, sentence] = row;
    if (sentence.includes("{}") && found.length > 0) {
      const names = new Set(found.map(({ difference }) => formatAttribute(difference)));
      return [{ subject, severity, text: sentence.replace("{}", () => [...names].join(", ")) }];
    }
    return found.map(({ difference: { path, unknown }, event }): Finding => {
      const isDecidable = !unknown || direction === "changed";
      if (!isDecidable) return { subject, severity: "warning", text: `${toCodeSpan(path)} ${unknownYet}` };
      return { subject, severity, text: `${toCodeSpan(path)} ${event}${sentence && `: ${sentence}`}` };
    });
  });
}

function checkResource(change: ResourceChange, subject: string, [, , direction, severity, sentence]: Row): Finding[] {
  const { effect, replacePaths, createBeforeDestroy, differences } = change;
  if (direction === "lost" && createBeforeDestroy && subject === "Traffic") {
    return [{ subject, severity: "info", text: "is replaced, the new one first: requests do not wait" }];
  }
  const cause = replacePaths.length > 0 ? ` (for ${replacePaths.map(toCodeSpan).join(", ")})` : "";
  const replaced = effect === "replace" && `is replaced${cause}: `;
  const isCosmetic = effect === "change" && differences.every(({ path }) => /^(tags|thumbprint)/.test(path));
  const prefixes: Readonly<Record<string, string | false>> = {
    lost: effect === "destroy" ? "is destroyed: " : replaced,
    removed: isRemoval(change) && "is removed: ",
    granted: !isRemoval(change) && !isCosmetic && "",
    [effect]: replaced || "",
  };
  const prefix = prefixes[String(direction)] ?? false;
  return prefix === false ? [] : [{ subject, severity, text: prefix + sentence }];
}

/** What happens to an attribute, if the row is about it. A value that is not known yet counts as none. */
function describeEvent(change: ResourceChange, subject: string, [, , direction]: Row, difference: Difference) {
  const isPattern = direction instanceof RegExp;
  if (isRemoval(change) || (change.effect === "create" && direction !== "limited" && !isPattern)) return false;
  // What is replaced interrupts requests as a whole.
  if (change.effect !== "change" && /Traffic|Release/.test(subject)) return false;
  if (!isPattern) return events[direction as AttributeDirection](difference);
  const [old, current] = [difference.before, difference.after].map((value) => direction.test(String(value ?? "")));
  return !old && current && `becomes ${difference.sensitive ? "weaker" : toCodeSpan(difference.after)}`;
}

type Comparison = (old: number, current: number) => boolean;

/** No number counts as 0. */
function describeFall({ before, after, sensitive, unknown }: Difference, applies: Comparison): string | false {
  if (unknown ? isAbsent(before) : !applies(Number(before ?? 0), Number(after ?? 0))) return false;
  if (sensitive) return "falls";
  return before ? `falls from ${before} to ${after ?? 0}` : `is ${after}`;
}

function describeTls({ before, after, sensitive }: Difference, applies: Comparison): string | false {
  if (isAbsent(before) || !applies(parseTlsVersion(before), parseTlsVersion(after))) return false;
  return sensitive ? "changes" : `becomes ${toCodeSpan(after)}, before: ${toCodeSpan(before)}`;
}

const events: Readonly<Record<AttributeDirection, (difference: Difference) => string | false>> = {
  changed: () => "changes",
  enabled: ({ before, after }) => !isTrue(before) && isTrue(after) && "is switched on",
  disabled: ({ before, after }) => isTrue(before) && !isTrue(after) && "is switched off",
  removed: ({ before, after }) => !isAbsent(before) && isAbsent(after) && "is removed",
  replaced: ({ before }) => !isAbsent(before) && "changes",
  reduced: ({ before, after }) => toList(before).some((item) => !toList(after).includes(item)) && "changes",
  zeroed: (each) => describeFall(each, (old, current) => old > 0 && current === 0),
  decreased: (each) => describeFall(each, (old, current) => old > current),
  limited: (each) => describeFall(each, (old, current) => current > 0 && (old === 0 || old > current)),
  // Without a number before, the service has decided how long it keeps what it has.
  shortened: (each) => typeof each.before === "number" && events.limited(each),
  // A reservation or a limit of -1 is none.
  unlimited: ({ before, after }) =>
    Number(before) >= 0 && Number(after ?? -1) < 0 && `no longer limits anything, before: ${before}`,
  lowered: (each) => describeTls(each, (old, current) => old > current),
  raised: (each) => describeTls(each, (old, current) => old < current),
  kept: (each) => describeTls(each, (old, current) => old === current),
};

const isTrue = (value: unknown): boolean => String(value) === "true";
const toList = (value: unknown): unknown[] => [value ?? []].flat();
const isAbsent = (value: unknown): boolean => value === "" || toList(value).length === 0;

/** The least version in the name of a policy, such as `TLSv1.3_2025`, `TLS_1_2` or `SecurityPolicy_TLS13_1_3_2025_09`. */
const parseTlsVersion = (policy: unknown): number => Number(/TLS_?v?1[._]?(\d)/i.exec(String(policy))?.[1] ?? -1);

const formatAttribute = ({ path, before, after, sensitive }: Difference): string => {
  const isShown = typeof before === "number" && typeof after === "number" && !sensitive;
  return toCodeSpan(path) + (isShown ? ` ${before} to ${after}` : "");
};
