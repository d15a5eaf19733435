import {
  getObject,
  isObject,
  type Json,
  type JsonObject,
  mapStrings,
  type Stack,
} from "../terraform/synthesis.ts";
import type { Report } from "./report.ts";
import { createPlaceholder } from "./stub-state.ts";

/** A resource type, or one attribute of it, that is planned but not applied. */
export interface Exclusion {
  readonly type: string;
  /** @default the whole resource */
  readonly attribute?: string;
  /** The emulator's behaviour. */
  readonly why: string;
}

/** A configuration without what the emulator does not support. */
export interface ReducedStack {
  readonly configuration: JsonObject;
  /** How many resources were excluded. */
  readonly excluded: number;
}

/** Whether an exclusion applies to a stack. */
export const isExcludedFrom = ({ type, attribute }: Exclusion, configuration: JsonObject): boolean =>
  Object.values(getObject(configuration, "resource", type)).some(
    (resource) => isObject(resource) && (attribute === undefined || attribute in resource),
  );

/**
 * Removes excluded resources and attributes from a stack. A reference to an excluded resource becomes its configured value, or
 * a placeholder if only the created resource has the value.
 */
export function exclude(configuration: JsonObject, exclusions: readonly Exclusion[]): ReducedStack {
  const reduced = structuredClone(configuration);
  const resources = getObject(reduced, "resource");
  const excluded = new Map<string, JsonObject>();
  for (const { type, attribute } of exclusions) {
    const ofType = getObject(resources, type);
    if (attribute !== undefined) {
      for (const resource of Object.values(ofType)) if (isObject(resource)) delete resource[attribute];
    } else if (type in resources) {
      excluded.set(type, ofType);
      delete resources[type];
    }
  }
  return {
    configuration: replaceAllReferences(reduced, excluded),
    excluded: [...excluded.values()].reduce((sum, ofType) => sum + Object.keys(ofType).length, 0),
  };
}

function replaceAllReferences(
  configuration: JsonObject,
  excluded: ReadonlyMap<string, JsonObject>,
): JsonObject {
  let result = removeOrderings(configuration, excluded);
  for (const [type, resources] of excluded) {
    for (const [name, resource] of Object.entries(resources)) {
      if (!isObject(resource)) continue;
      result = mapStrings(result, (text) => replaceReferences(text, type, name, resource));
    }
  }
  return result as JsonObject;
}

/** Removes addresses without an attribute (`depends_on`, `replace_triggered_by`), which have no value. */
function removeOrderings(value: Json, excluded: ReadonlyMap<string, JsonObject>): Json {
  const isOrdering = (item: Json): boolean => {
    const [type, name, ...attribute] = typeof item === "string" ? item.split(".") : [];
    return attribute.length === 0 && name !== undefined && name in (excluded.get(type!) ?? {});
  };
  if (Array.isArray(value)) {
    return value.filter((item) => !isOrdering(item)).map((item) => removeOrderings(item, excluded));
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, removeOrderings(item, excluded)]),
  );
}

/** Replaces each reference in an expression with a literal. */
function replaceReferences(text: string, type: string, name: string, resource: JsonObject): string {
  if (!text.includes("${")) return text;
  const reference = new RegExp(String.raw`(?<![\w.-])${type}\.${name}((?:\.[\w-]+|\[\d+\])+)(?![\w-])`, "g");
  return text.replaceAll(reference, (_, path: string) => {
    const attribute = path.slice(1);
    const configured = resource[attribute];
    const isKnown =
      typeof configured === "string" ? !configured.includes("${") : typeof configured === "number";
    return JSON.stringify(isKnown ? configured : createPlaceholder(type, attribute));
  });
}

/** A Terraform provider that the infrastructure test excludes. */
export interface ExcludedProvider {
  /** As in the stacks' `required_providers`. */
  readonly name: string;
  readonly why: string;
}

/**
 * Removes the resources of some providers from stacks. References to them become placeholders. Each provider of a stack counts
 * as one skipped step.
 */
export function excludeProviders(
  stacks: readonly Stack[],
  excluded: readonly ExcludedProvider[],
  report: Report,
): Stack[] {
  return stacks.map((stack) => {
    let { configuration } = stack;
    for (const provider of excluded) {
      const { name, why } = provider;
      if (!(name in getObject(configuration, "terraform", "required_providers"))) continue;
      const reduced = excludeProvider(configuration, provider);
      report.skipped(stack.name, [name], `${reduced.excluded} resources excluded: ${why}`);
      configuration = reduced.configuration;
    }
    return { ...stack, configuration };
  });
}

function excludeProvider(
  configuration: Stack["configuration"],
  { name, why }: ExcludedProvider,
): ReducedStack {
  const exclusions = Object.keys(getObject(configuration, "resource"))
    .filter((type) => type.startsWith(`${name}_`))
    .map((type) => ({ type, why }));
  const reduced = exclude(configuration, exclusions);
  delete getObject(reduced.configuration, "terraform", "required_providers")[name];
  delete getObject(reduced.configuration, "provider")[name];
  return reduced;
}
