import { isDeepStrictEqual } from "node:util";
import type { ApiDocument, Part } from "./document.ts";
import { type Change, compareSunsets, isExpired, type Rule } from "./rules.ts";

/** Who sends the values of a schema: the app, or the service. */
export type Direction = "request" | "response";

/** What is compared, and when. */
export interface Comparison {
  readonly base: ApiDocument;
  readonly revision: ApiDocument;
  readonly direction: Direction;
  /** The time, which decides whether a sunset has passed. */
  readonly now: number;
}

/** Rules that read the same in both directions, with that of a request and of a response. */
const names = {
  type: ["request-type-changed", "response-type-changed"],
  values: ["request-values-removed", "response-values-added"],
  limit: ["request-limit-narrowed", "response-limit-widened"],
  constraint: ["request-constraint-changed", "response-constraint-changed"],
} as const satisfies Record<string, readonly [Rule, Rule]>;

const lowerLimits = ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"];
const upperLimits = ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"];

/** Keywords that allow and forbid nothing. */
const annotations = new Set(["title", "description", "example", "examples", "deprecated", "x-sunset", "$comment"]);

/** Keywords that {@link SchemaComparison} compares by their meaning, and annotations. */
const understood = new Set([
  ...["type", "enum", "const", "properties", "required", "additionalProperties", "propertyNames", "items"],
  ...["anyOf", "oneOf", "allOf", "default"],
  ...annotations,
  ...lowerLimits,
  ...upperLimits,
]);

/**
 * The changes of a schema that break old apps: values that the app may send and that are now refused, and values that it may now
 * receive and did not expect. Both are values of an inner schema that an outer one does not have: in a request, the base is the inner
 * schema; in a response, the revision. A keyword that is not known here must not change.
 *
 * @param at where the schema is. A component has its own name instead
 */
export function compareSchemas(comparison: Comparison, base: Part, revision: Part, at: string): Change[] {
  return new SchemaComparison(comparison).compare(base, revision, at);
}

class SchemaComparison {
  readonly #comparison: Comparison;
  /** Pairs that are being compared: a component may contain itself. */
  readonly #open: [Part, Part][] = [];

  constructor(comparison: Comparison) {
    this.#comparison = comparison;
  }

  compare(base: Part, revision: Part, path: string): Change[] {
    if (this.#open.some(([first, second]) => first === base && second === revision)) return [];
    const { direction, now } = this.#comparison;
    const name = this.#comparison.base.nameOf(base);
    const at = name && name === this.#comparison.revision.nameOf(revision) ? name : path;
    this.#open.push([base, revision]);
    const isRequest = direction === "request";
    const changes = [
      ...compareSunsets(base, revision, at, now),
      ...(isRequest ? this.#compareDefaults(base, revision, at) : []),
      ...this.#compareAlternatives(
        toAlternatives(isRequest ? base : revision),
        toAlternatives(isRequest ? revision : base),
        at,
      ),
    ];
    this.#open.pop();
    return changes;
  }

  /** Each alternative of the inner schema must be within one of the outer. */
  #compareAlternatives(inner: readonly Part[], outer: readonly Part[], at: string): Change[] {
    return inner.flatMap((alternative) => {
      const isOne = inner.length === 1 && outer.length === 1;
      const all = outer.map((each) =>
        isOne ? this.#compareOne(alternative, each, at) : this.#compareInner(alternative, each, at),
      );
      const sameType = all.filter(
        (changes) => !changes.some((each) => each.at === at && each.rule.endsWith("-type-changed")),
      );
      return (sameType.length > 0 ? sameType : all).reduce((fewest, each) =>
        each.length < fewest.length ? each : fewest,
      );
    });
  }

  #compareOne(inner: Part, outer: Part, at: string): Change[] {
    const types = this.#compareTypes(inner, outer, at);
    if (types.length > 0) return types;
    const constraints = Object.keys(outer).filter(
      (key) => !understood.has(key) && !isDeepStrictEqual(inner[key], outer[key]),
    );
    return [
      ...this.#compareLimits(inner, outer, at),
      ...constraints.map((key) => this.#change("constraint", at, `\`${key}\``, inner[key], outer[key])),
      ...this.#compareProperties(inner, outer, at),
      ...["items", "propertyNames"].flatMap((key) => this.#compareInner(inner[key], outer[key], `${at}/${key}`)),
      ...this.#compareInner(inner.additionalProperties, outer.additionalProperties, `${at}/*`),
    ];
  }

  /** Compares types, and the values of `enum` and `const`. */
  #compareTypes(inner: Part, outer: Part, at: string): Change[] {
    const [innerValues, outerValues] = [toValues(inner), toValues(outer)];
    const [innerTypes, outerTypes] = [toTypes(inner), toTypes(outer)];
    if (outerTypes && !innerTypes?.every((type) => outerTypes.includes(type)))
      return [this.#change("type", at, "type", innerTypes?.join(" or "), outerTypes.join(" or "))];
    if (!outerValues) return [];
    const added = innerValues?.filter((value) => !outerValues.includes(value));
    if (added?.length === 0) return [];
    return [this.#change("values", at, "values", added?.map((value) => JSON.stringify(value)).join(", "), "listed")];
  }

  #compareLimits(inner: Part, outer: Part, at: string): Change[] {
    const isBeyond = (key: string, sign: 1 | -1) =>
      outer[key] !== undefined && !(inner[key] !== undefined && (inner[key] - outer[key]) * sign <= 0);
    const beyond = toValues(inner)
      ? []
      : [...lowerLimits.filter((key) => isBeyond(key, -1)), ...upperLimits.filter((key) => isBeyond(key, 1))];
    return beyond.map((key) => this.#change("limit", at, `\`${key}\``, inner[key], outer[key]));
  }

  #compareProperties(inner: Part, outer: Part, at: string): Change[] {
    const [base, revision] = this.#comparison.direction === "request" ? [inner, outer] : [outer, inner];
    const [before, after] = [base, revision].map(({ properties = {} }): Record<string, Part> => properties) as [
      Record<string, Part>,
      Record<string, Part>,
    ];
    const { direction, now } = this.#comparison;
    const isRequired = (schema: Part, name: string): boolean => schema.required?.includes(name) ?? false;
    const changes = Object.entries(before).flatMap(([name, property]): Change[] => {
      const place = `${at}/${name}`;
      const own = after[name];
      if (own) return this.compare(property, own, place);
      return isExpired(property, now)
        ? []
        : [{ rule: `${direction}-property-removed`, at: place, what: "it is removed" }];
    });
    if (direction === "request") {
      const required: string[] = revision.required ?? [];
      for (const name of required.filter((each) => !isRequired(base, each)))
        changes.push({ rule: "request-property-required", at: `${at}/${name}`, what: "it is required" });
      const isObject = base.properties !== undefined || base.additionalProperties !== undefined;
      if (revision.additionalProperties === false && base.additionalProperties !== false && isObject)
        changes.push({ rule: "request-unknown-members-refused", at, what: "unknown members are refused" });
    } else {
      const required: string[] = base.required ?? [];
      for (const name of required.filter((each) => after[each] && !isRequired(revision, each)))
        changes.push({ rule: "response-property-optional", at: `${at}/${name}`, what: "it may be missing" });
    }
    return changes;
  }

  /** Compares schemas of members, if both sides have one. */
  #compareInner(inner: unknown, outer: unknown, at: string): Change[] {
    if (typeof outer !== "object" || outer === null) return [];
    const [one, other] = [(typeof inner === "object" && inner ? inner : {}) as Part, outer as Part];
    return this.#comparison.direction === "request" ? this.compare(one, other, at) : this.compare(other, one, at);
  }

  #compareDefaults(base: Part, revision: Part, at: string): Change[] {
    return base.default === undefined || isDeepStrictEqual(base.default, revision.default)
      ? []
      : [{ rule: "request-default-changed", at, what: toText("default", base.default, revision.default) }];
  }

  #change(rule: keyof typeof names, at: string, what: string, inner: unknown, outer: unknown): Change {
    const isRequest = this.#comparison.direction === "request";
    const [before, after] = isRequest ? [inner, outer] : [outer, inner];
    if (rule !== "values") return { rule: names[rule][isRequest ? 0 : 1], at, what: toText(what, before, after) };
    const values = (inner as string | undefined) ?? "any other value";
    return {
      rule: names.values[isRequest ? 0 : 1],
      at,
      what: isRequest ? `it refuses ${values}` : `it may be ${values}`,
    };
  }
}

const toText = (what: string, before: unknown, after: unknown): string => {
  const [from, to] = [before, after].map((value) => (value === undefined ? "none" : String(JSON.stringify(value))));
  return `its ${what} is ${to} instead of ${from}`;
};

/** The alternatives of a schema, each with what the schema says of all. */
function toAlternatives(schema: Part): readonly Part[] {
  const merged = mergeAll(schema);
  const { anyOf, oneOf, ...common } = merged;
  const alternatives: Part[] | undefined = anyOf ?? oneOf;
  if (!alternatives) return [merged];
  const says = Object.keys(common).some((key) => !annotations.has(key));
  // A component keeps its name.
  return alternatives.flatMap((each) => toAlternatives(says ? { ...common, ...mergeAll(each) } : each));
}

/** A schema with the members of its `allOf`. */
function mergeAll(schema: Part): Part {
  if (!schema.allOf) return schema;
  const { allOf, ...own } = schema;
  const parts: Part[] = [own, ...allOf.map(mergeAll)];
  const properties: Record<string, Part> = {};
  for (const [name, property] of parts.flatMap((part) => Object.entries<Part>(part.properties ?? {})))
    properties[name] = properties[name] ? { ...properties[name], ...property } : property;
  const required = parts.flatMap((part) => part.required ?? []);
  return Object.assign({}, ...parts, { properties, required });
}

const toValues = (schema: Part): unknown[] | undefined => ("const" in schema ? [schema.const] : schema.enum);

/** The types of a schema's values. A number may be an integer. */
function toTypes(schema: Part): string[] | undefined {
  const types: string[] | undefined = schema.type === undefined ? toValues(schema)?.map(toType) : [schema.type].flat();
  return types?.flatMap((type) => (type === "number" ? ["number", "integer"] : type));
}

const toType = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;
