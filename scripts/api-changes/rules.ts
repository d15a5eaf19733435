/**
 * The rules by which a change breaks an app that is already on phones, after those of oasdiff
 * (https://github.com/oasdiff/oasdiff/blob/main/docs/BREAKING-CHANGES-EXAMPLES.md), each with what to do instead. `request-` is what
 * the app sends, `response-` what it reads.
 */
export const rules = {
  "operation-removed": "Deprecate it, and remove it after its sunset",
  "parameter-removed": "Keep it, or deprecate it, and remove it after its sunset",
  "parameter-required": "Make it optional: old apps do not send it",
  "request-body-removed": "Keep it, or add another operation",
  "request-body-required": "Make each member optional, or add another operation: old apps send no body",
  "request-media-type-removed": "Accept it as before",
  "request-property-required":
    "Make it optional, with the behaviour from before as its default: old apps do not send it",
  "request-property-removed": "Keep it, or deprecate it, and remove it after its sunset: old apps send it",
  "request-type-changed": "Accept the old type, too, or add another property",
  "request-values-removed": "Accept them as before: old apps send them",
  "request-limit-narrowed": "Keep the limit: old apps send values beyond the new one",
  "request-constraint-changed": "Accept what was accepted before",
  "request-default-changed": "Keep the default: old apps rely on it",
  "request-unknown-members-refused": "Ignore unknown members as before",
  "response-property-removed": "Keep it, or deprecate it, and remove it after its sunset: old apps read it",
  "response-property-optional": "Always send it: old apps rely on it",
  "response-type-changed": "Keep the type, and add another property: old apps cannot read the new one",
  "response-values-added": "Send them only to apps that know them, or in another property: old apps do not",
  "response-limit-widened": "Keep the limit: old apps may not have the space",
  "response-constraint-changed": "Keep what held before: old apps may rely on it",
  "response-status-removed": "Respond with it as before: old apps wait for it",
  "response-media-type-removed": "Respond with it as before",
  "response-header-removed": "Send it as before: old apps may read it",
  "problem-replaced": "Keep its type: apps decide by it",
  "security-added": "Keep the old requirement, or add another operation: old apps cannot meet the new one",
  "idempotence-removed": "Keep it idempotent: old apps send it again after a lost response",
  "sunset-missing": "Add the day of the removal, such as 2027-12-31",
  "sunset-too-soon": "Choose a day that is at least 180 days away: old apps need an update first",
  "sunset-earlier": "Keep the day: developers of apps rely on it",
} as const;

export type Rule = keyof typeof rules;

/** A change that breaks apps. */
export interface Change {
  readonly rule: Rule;
  /** Where it is: an operation and a part of it, or a component that operations share. */
  readonly at: string;
  /** What has changed. */
  readonly what: string;
}

/** How long before its removal something must be deprecated, in days, as oasdiff has it for stable APIs. */
export const sunsetDays = 180;

const dayMilliseconds = 24 * 60 * 60 * 1000;

/** Marks of a deprecated operation, parameter or property. */
interface Deprecable {
  readonly deprecated?: boolean;
  readonly "x-sunset"?: string;
}

/** Whether something may be removed: it was deprecated, and its last day has passed. */
export const isExpired = ({ deprecated, "x-sunset": sunset }: Deprecable, now: number): boolean =>
  deprecated === true && Date.parse(sunset ?? "") < now;

/** Whether apps get the time to stop using what is deprecated. */
export function compareSunsets(base: Deprecable, revision: Deprecable, at: string, now: number): Change[] {
  const [before, after] = [base, revision].map((each) => (each.deprecated ? (each["x-sunset"] ?? "") : undefined));
  if (after === undefined || after === before) return [];
  const day = Date.parse(after);
  // JavaScript takes February 30 for a day of March.
  if (Number.isNaN(day) || !new Date(day).toISOString().startsWith(after))
    return [{ rule: "sunset-missing", at, what: "it is deprecated without a sunset" }];
  if (before && day < Date.parse(before))
    return [{ rule: "sunset-earlier", at, what: `its sunset is ${after} instead of ${before}` }];
  return !before && day < now + sunsetDays * dayMilliseconds
    ? [{ rule: "sunset-too-soon", at, what: `its sunset is ${after}` }]
    : [];
}
