import type { Difference } from "../differences.ts";
import { type Finding, toCodeSpan, toCodeSpans, unknownYet } from "../finding.ts";
import { isRemoval, type ResourceChange } from "../plan.ts";
import { type AttributeDirection, keys, type Row, table } from "./table.ts";

const toPattern = (part: string): RegExp => new RegExp(`^(${part.replace(/^\*$/, ".*")})$`);
const rows = Object.entries(table).flatMap(([subject, list]) =>
  list.map((row) => ({ subject, row, type: toPattern(row[0]), attribute: toPattern(row[1]) })),
);

const keyNames = toPattern(keys);

/** The rows by type, since a plan has thousands of resources. */
const rowsByType = new Map<string, typeof rows>();

/** What the table says about a change. */
export function checkTable(change: ResourceChange): Finding[] {
  const own = rowsByType.get(change.type) ?? rows.filter(({ type }) => type.test(change.type));
  rowsByType.set(change.type, own);
  const starts = getStarts(change);
  const decided = new Set<unknown>();
  return own.flatMap((each) =>
    each.row[1] === "" ? checkResource(change, each, starts, decided) : checkAttribute(change, each, decided),
  );
}

/** What is destroyed or replaced gets a finding: that of the last subject, if no other one has any. */
function checkResource(
  { createBeforeDestroy }: ResourceChange,
  { subject, row }: (typeof rows)[number],
  starts: ReturnType<typeof getStarts>,
  decided: Set<unknown>,
): Finding[] {
  const [, , direction, severity, sentence] = row;
  const start = starts[direction as keyof typeof starts];
  if (start === undefined || start === false || decided.has(subject) || (subject === "Removed" && decided.has("lost")))
    return [];
  decided.add(subject);
  if (/^(lost|removed|replace)$/.test(String(direction))) decided.add("lost");
  const isSafe = direction === "lost" && subject === "Traffic" && createBeforeDestroy;
  if (isSafe) return [{ subject, severity: "info", text: `${start}the new one comes first, and requests do not wait` }];
  return [{ subject, severity, text: start + sentence }];
}

/** How a sentence about a resource as a whole starts, by direction; false for the directions that the change does not have. */
function getStarts(change: ResourceChange) {
  const { effect, replacePaths, differences, isImported, inputs } = change;
  const cause = replacePaths.length > 0 ? ` (for ${toCodeSpans(replacePaths)})` : "";
  const replaced = effect === "replace" && `is replaced${cause}: `;
  const isCosmetic = effect === "change" && differences.every(({ path }) => /^(tags|thumbprint)/.test(path));
  const hasKey = differences.some(
    ({ name, path, unknown, after }) =>
      // The provider fills in a key that the code does not set.
      keyNames.test(name) && (unknown ? (inputs?.has(path.split(".")[0]!) ?? true) : !isAbsent(after)),
  );
  return {
    lost: effect === "destroy" ? "is destroyed: " : replaced,
    removed: isRemoval(change) && "is removed: ",
    granted: !isRemoval(change) && !isCosmetic && "",
    adopted: isImported && effect !== "import" && "",
    keyless: effect === "create" && !hasKey && "is created: ",
    [effect]: replaced || "",
  };
}

/** The first row of a subject that is about an attribute decides. */
function checkAttribute(
  change: ResourceChange,
  { subject, row, attribute }: (typeof rows)[number],
  decided: Set<unknown>,
): Finding[] {
  const [, , direction, severity, sentence] = row;
  const found = change.differences.flatMap((difference, index) => {
    const { path, name } = difference;
    const isNamed = [name, path, path.split(".")[0]!].some((part) => attribute.test(part));
    const event = isNamed && !decided.has(subject + index) && describeEvent(change, subject, direction, difference);
    if (event) decided.add(subject + index);
    return event ? [{ difference, event }] : [];
  });
  if (sentence.includes("{}") && found.length > 0) {
    const names = new Set(found.map(({ difference }) => formatAttribute(difference)));
    return [{ subject, severity, text: sentence.replace("{}", () => [...names].join(", ")) }];
  }
  return found.map(({ difference: { path, unknown }, event }): Finding => {
    if (unknown && direction !== "changed")
      return { subject, severity: "warning", text: `${toCodeSpan(path)} ${unknownYet}` };
    return { subject, severity, text: `${toCodeSpan(path)} ${event}${sentence && `: ${sentence}`}` };
  });
}

/** What happens to an attribute, if the row is about it. A value that is not known yet counts as none. */
function describeEvent(change: ResourceChange, subject: string, direction: Row[2], difference: Difference) {
  const isPattern = direction instanceof RegExp;
  if (isRemoval(change) || (change.effect === "create" && direction !== "limited" && !isPattern)) return false;
  // What is replaced interrupts requests as a whole.
  if (change.effect !== "change" && /Traffic|Release/.test(subject)) return false;
  if (!isPattern) return events[direction as AttributeDirection](difference);
  const [old, current] = [difference.before, difference.after].map((value) => direction.test(String(value ?? "")));
  return !old && current && `${change.effect === "create" ? "is" : "becomes"} ${toCodeSpan(difference.after)}`;
}

type Comparison = (old: number, current: number) => boolean;

/** No number counts as 0. */
function describeFall({ before, after, unknown }: Difference, applies: Comparison): string | false {
  if (unknown ? isAbsent(before) : !applies(Number(before ?? 0), Number(after ?? 0))) return false;
  return before ? `falls from ${toCodeSpan(before)} to ${toCodeSpan(after ?? 0)}` : `is ${toCodeSpan(after)}`;
}

const describeTls = ({ before, after }: Difference, applies: Comparison): string | false =>
  !isAbsent(before) &&
  applies(parseTlsVersion(before), parseTlsVersion(after)) &&
  `becomes ${toCodeSpan(after)}, before: ${toCodeSpan(before)}`;

const findAdded = (these: unknown, those: unknown): unknown[] =>
  toList(those).filter((item) => !toList(these).includes(item));

const events: Readonly<Record<AttributeDirection, (difference: Difference) => string | false>> = {
  changed: () => "changes",
  enabled: ({ before, after }) => !isTrue(before) && isTrue(after) && "is switched on",
  disabled: ({ before, after }) => isTrue(before) && !isTrue(after) && "is switched off",
  removed: ({ before, after }) => !isAbsent(before) && isAbsent(after) && "is removed",
  replaced: ({ before }) => !isAbsent(before) && "changes",
  reduced: ({ before, after }) => findAdded(after, before).length > 0 && "changes",
  extended: ({ before, after, unknown }) =>
    !isAbsent(before) &&
    (unknown || findAdded(before, after).length > 0) &&
    `also has ${toCodeSpans(findAdded(before, after))}`,
  zeroed: (each) => describeFall(each, (old, current) => old > 0 && current === 0),
  decreased: (each) => describeFall(each, (old, current) => old > current),
  limited: (each) => describeFall(each, (old, current) => current > 0 && (old === 0 || old > current)),
  // Without a number before, the service has decided how long it keeps what it has.
  shortened: (each) => typeof each.before === "number" && events.limited(each),
  // A reservation or a limit of -1 is none.
  unlimited: ({ before, after }) =>
    Number(before) >= 0 && Number(after ?? -1) < 0 && `no longer limits anything, before: ${toCodeSpan(before)}`,
  lowered: (each) => describeTls(each, (old, current) => old > current),
  raised: (each) => describeTls(each, (old, current) => old < current),
  kept: (each) => describeTls(each, (old, current) => old === current),
};

const isTrue = (value: unknown): boolean => String(value) === "true";
const toList = (value: unknown): unknown[] => [value ?? []].flat();
const isAbsent = (value: unknown): boolean => value === "" || toList(value).length === 0;

/** The least version in the name of a policy, such as `TLSv1.3_2025`, `TLS_1_2` or `SecurityPolicy_TLS13_1_3_2025_09`. */
const parseTlsVersion = (policy: unknown): number => Number(/TLS_?v?1[._]?(\d)/i.exec(String(policy))?.[1] ?? -1);

const formatAttribute = ({ path, before, after }: Difference): string => {
  const isShown = typeof before === "number" && typeof after === "number";
  return toCodeSpan(path) + (isShown ? ` ${toCodeSpan(before)} to ${toCodeSpan(after)}` : "");
};
