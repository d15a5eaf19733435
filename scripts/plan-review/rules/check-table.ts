import type { Difference } from "../differences.ts";
import { type Finding, findingsAbout, toCodeSpan, toCodeSpans, unknownYet } from "../finding.ts";
import { isRemoval, type ResourceChange } from "../resource-change.ts";
import { events, isAbsent } from "./events.ts";
import { type AttributeDirection, keys, type Row, table } from "./table.ts";

const toPattern = (part: string): RegExp => new RegExp(`^(${part.replace(/^\*$/, ".*")})$`);
const rows = Object.entries(table).flatMap(([subject, list]) =>
  list.map((row) => ({ subject, row, type: toPattern(row[0]), attribute: toPattern(row[1]) })),
);

const keyNames = toPattern(keys);

/** The rows by type, since a plan has thousands of resources. */
const rowsByType = new Map<string, typeof rows>();

/** What the table says about a change. Of each subject, the first row that applies to the resource or an attribute decides. */
export function checkTable(change: ResourceChange): Finding[] {
  const own = rowsByType.get(change.type) ?? rows.filter(({ type }) => type.test(change.type));
  rowsByType.set(change.type, own);
  const starts = getStarts(change);
  const decided = new Set<string>();
  return own.flatMap(({ subject, row, attribute }): Finding[] => {
    const [, name, direction, severity, sentence] = row;
    if (name !== "") return checkAttribute(change, subject, row, attribute, decided);
    const start = starts[String(direction)];
    // What is destroyed or replaced gets a finding: that of the last subject, if no other one has any.
    const isSaid = decided.has(subject) || (subject === "Removed" && decided.has("removal"));
    if (start === false || start === undefined || isSaid) return [];
    decided.add(subject);
    if (/^(lost|removed|replace)$/.test(String(direction))) decided.add("removal");
    const isSafe = direction === "lost" && subject === "Traffic" && change.createBeforeDestroy;
    const text = start + (isSafe ? "the new one comes first, and requests do not wait" : sentence);
    return [{ subject, severity: isSafe ? "info" : severity, text }];
  });
}

/** How a sentence about a resource as a whole starts, by direction; false for the directions that the change does not have. */
function getStarts(change: ResourceChange): Readonly<Record<string, string | false>> {
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

function checkAttribute(
  change: ResourceChange,
  subject: string,
  [, , direction, severity, sentence]: Row,
  attribute: RegExp,
  decided: Set<string>,
): Finding[] {
  const found = change.differences.flatMap((difference, index) => {
    const { path, name } = difference;
    const isNamed = [name, path, path.split(".")[0]!].some((part) => attribute.test(part));
    const event = isNamed && !decided.has(subject + index) && describeEvent(change, subject, direction, difference);
    if (event) decided.add(subject + index);
    return event ? [{ ...difference, event }] : [];
  });
  if (sentence.includes("{}") && found.length > 0) {
    const names = [...new Set(found.map(formatAttribute))].join(", ");
    return [{ subject, severity, text: sentence.replace("{}", () => names) }];
  }
  return found.map(({ path, unknown, event }) =>
    unknown && direction !== "changed"
      ? findingsAbout(subject)(`${toCodeSpan(path)} ${unknownYet}`)
      : { subject, severity, text: `${toCodeSpan(path)} ${event}${sentence && `: ${sentence}`}` },
  );
}

/** What happens to an attribute, if the row is about it. */
function describeEvent(change: ResourceChange, subject: string, direction: Row[2], difference: Difference) {
  const isPattern = direction instanceof RegExp;
  if (isRemoval(change) || (change.effect === "create" && direction !== "limited" && !isPattern)) return false;
  // What is replaced interrupts requests as a whole.
  if (change.effect !== "change" && /Traffic|Release/.test(subject)) return false;
  if (!isPattern) return events[direction as AttributeDirection](difference);
  const [old, current] = [difference.before, difference.after].map((value) => direction.test(String(value ?? "")));
  return !old && current && `${change.effect === "create" ? "is" : "becomes"} ${toCodeSpan(difference.after)}`;
}

function formatAttribute({ path, before, after }: Difference): string {
  const isShown = typeof before === "number" && typeof after === "number";
  return toCodeSpan(path) + (isShown ? ` ${toCodeSpan(before)} to ${toCodeSpan(after)}` : "");
}
