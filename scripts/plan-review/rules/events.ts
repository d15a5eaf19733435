import type { Difference } from "../differences.ts";
import { toCodeSpan, toCodeSpans } from "../finding.ts";
import type { AttributeDirection } from "./table.ts";

const toList = (value: unknown): unknown[] => [value ?? []].flat();
export const isAbsent = (value: unknown): boolean => value === "" || toList(value).length === 0;
const isTrue = (value: unknown): boolean => String(value) === "true";
const without = (these: unknown, those: unknown) => toList(these).filter((item) => !toList(those).includes(item));

type Comparison = (old: number, current: number) => boolean;

/** No number counts as 0. */
function describeFall({ before, after, unknown }: Difference, applies: Comparison): string | false {
  if (unknown ? isAbsent(before) : !applies(Number(before ?? 0), Number(after ?? 0))) return false;
  return before ? `falls from ${toCodeSpan(before)} to ${toCodeSpan(after ?? 0)}` : `is ${toCodeSpan(after)}`;
}

/** The least version in the name of a policy, such as `TLSv1.3_2025`, `TLS_1_2` or `SecurityPolicy_TLS13_1_3_2025_09`. */
const parseTlsVersion = (policy: unknown): number => Number(/TLS_?v?1[._]?(\d)/i.exec(String(policy))?.[1] ?? -1);

function describeTls({ before, after }: Difference, applies: Comparison): string | false {
  const isFound = !isAbsent(before) && applies(parseTlsVersion(before), parseTlsVersion(after));
  return isFound && `becomes ${toCodeSpan(after)}, before: ${toCodeSpan(before)}`;
}

/** What happens to an attribute in each direction, or that it does not. A value that is not known yet counts as none. */
export const events: Readonly<Record<AttributeDirection, (difference: Difference) => string | false>> = {
  changed: () => "changes",
  enabled: ({ before, after }) => !isTrue(before) && isTrue(after) && "is switched on",
  disabled: ({ before, after }) => isTrue(before) && !isTrue(after) && "is switched off",
  removed: ({ before, after }) => !isAbsent(before) && isAbsent(after) && "is removed",
  replaced: ({ before }) => !isAbsent(before) && "changes",
  reduced: ({ before, after }) => without(before, after).length > 0 && "changes",
  extended: ({ before, after, unknown }) => {
    const added = without(after, before);
    return !isAbsent(before) && (unknown || added.length > 0) && `also has ${toCodeSpans(added)}`;
  },
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
