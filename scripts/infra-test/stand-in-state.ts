import { isObject, type Json, type JsonObject, objectAt } from "./configuration.ts";
import { placeholderFor } from "./placeholder.ts";

/** The part of `terraform show -json <plan>` that is read here. */
export interface PlanDocument {
  readonly terraform_version: string;
  readonly planned_values: { readonly outputs?: Record<string, PlannedOutput> };
  readonly output_changes?: Record<string, { readonly after_unknown: Json }>;
}

interface PlannedOutput {
  readonly sensitive: boolean;
  readonly value?: Json;
}

/**
 * A state file with the outputs a stack would have after an apply, for the plans of the stacks that read them. What only an
 * apply can know is a placeholder of the right shape.
 *
 * @param configuration the stack's `cdk.tf.json`, which says what each output refers to
 */
export function standInState(plan: PlanDocument, configuration: JsonObject): JsonObject {
  const outputs = Object.entries(plan.planned_values.outputs ?? {}).map(([name, output]) => {
    const expression = objectAt(configuration, "output", name).value ?? "";
    const unknown = plan.output_changes?.[name]?.after_unknown ?? false;
    const value = complete(output.value ?? null, unknown, expression);
    return [name, { value, type: typeOf(value), sensitive: output.sensitive }] as const;
  });
  return {
    version: 4,
    terraform_version: plan.terraform_version,
    serial: 1,
    lineage: "rehearsal",
    outputs: Object.fromEntries(outputs),
    resources: [],
  };
}

/** Fills what is unknown: `unknown` is `true` for a whole value, or has its shape. */
function complete(value: Json, unknown: Json, expression: Json): Json {
  if (unknown === true) return placeholderOf(expression);
  if (Array.isArray(unknown)) {
    const known = Array.isArray(value) ? value : [];
    return unknown.map((part, index) => complete(known[index] ?? null, part, partOf(expression, index)));
  }
  if (isObject(unknown)) {
    const known = isObject(value) ? value : {};
    const filled = Object.entries(unknown).map(([key, part]) => [
      key,
      complete(known[key] ?? null, part, partOf(expression, key)),
    ]);
    return { ...known, ...Object.fromEntries(filled) };
  }
  return value;
}

const partOf = (expression: Json, key: string | number): Json =>
  typeof expression === "object" && expression !== null
    ? ((expression as Record<string | number, Json>)[key] ?? "")
    : expression;

/** A placeholder for the attribute that an expression refers to; the first one, where it refers to several. */
function placeholderOf(expression: Json): Json {
  const reference = /\b([a-z]\w*_\w+)\.[\w-]+\.([\w.[\]-]+)/.exec(String(expression));
  const [, type, attribute] = reference ?? [];
  return type && attribute ? placeholderFor(type, attribute) : "rehearsal";
}

/** The type of a value in the form in which a state file notes it. */
function typeOf(value: Json): Json {
  if (Array.isArray(value)) return ["tuple", value.map(typeOf)];
  if (isObject(value)) {
    return ["object", Object.fromEntries(Object.entries(value).map(([key, part]) => [key, typeOf(part)]))];
  }
  return value === null
    ? "dynamic"
    : typeof value === "boolean"
      ? "bool"
      : (typeof value as "string" | "number");
}
