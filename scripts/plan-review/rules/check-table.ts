import type { Difference } from "../differences.ts";
import { type Finding, toCodeSpan, unknownYet } from "../finding.ts";
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
  const [whole, parts] = [own.filter(({ row }) => row[1] === ""), own.filter(({ row }) => row[1] !== "")];
  return [...checkResource(change, whole), ...checkAttributes(change, parts)];
}

function checkAttributes(change: ResourceChange, own: typeof rows): Finding[] {
  const decided = new Set<string>();
  return own.flatMap(({ subject, row, attribute }) => {
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

/** What is destroyed or replaced gets a finding: that of the last subject, if no other one has any. */
function checkResource(change: ResourceChange, own: typeof rows): Finding[] {
  const said = new Set<string>();
  let isRemovalSaid = false;
  return own.flatMap(({ subject, row: [, , direction, severity, sentence] }): Finding[] => {
    const start =
      said.has(subject) || (subject === "Removed" && isRemovalSaid) ? false : startSentence(change, direction);
    if (start === false) return [];
    said.add(subject);
    isRemovalSaid ||= /^(lost|removed|replace)$/.test(String(direction));
    const isSafe = direction === "lost" && subject === "Traffic" && change.createBeforeDestroy;
    if (isSafe)
      return [{ subject, severity: "info", text: `${start}the new one comes first, and requests do not wait` }];
    return [{ subject, severity, text: start + sentence }];
  });
}

/** Begins a sentence about a resource as a whole; false if the row is not about the change. */
function startSentence(change: ResourceChange, direction: Row[2]): string | false {
  const { effect, replacePaths, differences, isImported, inputs } = change;
  const cause = replacePaths.length > 0 ? ` (for ${replacePaths.map(toCodeSpan).join(", ")})` : "";
  const replaced = effect === "replace" && `is replaced${cause}: `;
  const isCosmetic = effect === "change" && differences.every(({ path }) => /^(tags|thumbprint)/.test(path));
  const hasKey = differences.some(
    ({ name, path, unknown, after }) =>
      // The provider fills in a key that the code does not set.
      keyNames.test(name) && (unknown ? (inputs?.has(path.split(".")[0]!) ?? true) : !isAbsent(after)),
  );
  const starts: Readonly<Record<string, string | false>> = {
    lost: effect === "destroy" ? "is destroyed: " : replaced,
    removed: isRemoval(change) && "is removed: ",
    granted: !isRemoval(change) && !isCosmetic && "",
    adopted: isImported && effect !== "import" && "",
    keyless: effect === "create" && !hasKey && "is created: ",
    [effect]: replaced || "",
  };
  return starts[String(direction)] ?? false;
}

/** What happens to an attribute, if the row is about it. A value that is not known yet counts as none. */
function describeEvent(change: ResourceChange, subject: string, [, , direction]: Row, difference: Difference) {
  const isPattern = direction instanceof RegExp;
  if (isRemoval(change) || (change.effect === "create" && direction !== "limited" && !isPattern)) return false;
  // What is replaced interrupts requests as a whole.
  if (change.effect !== "change" && /Traffic|Release/.test(subject)) return false;
  if (!isPattern) return events[direction as AttributeDirection](difference);
  const [old, current] = [difference.before, difference.after].map((value) => direction.test(String(value ?? "")));
  const verb = change.effect === "create" ? "is" : "becomes";
  return !old && current && `${verb} ${difference.sensitive ? "weaker" : toCodeSpan(difference.after)}`;
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
  unlimited: ({ before, after, sensitive }) =>
    Number(before) >= 0 &&
    Number(after ?? -1) < 0 &&
    `no longer limits anything${sensitive ? "" : `, before: ${before}`}`,
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
