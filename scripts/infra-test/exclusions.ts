import { getObject, isObject, type Json, type JsonObject, type Stack } from "../terraform/synthesis.ts";
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
    configuration: replaceReferences(reduced, excluded) as JsonObject,
    excluded: [...excluded.values()].reduce((sum, ofType) => sum + Object.keys(ofType).length, 0),
  };
}

/** A reference to an attribute in an expression: type, name and path. */
const reference = /(?<![\w.-])([a-z]\w*)\.([\w-]+)((?:\.[\w-]+|\[\d+\])+)(?![\w-])/g;

/**
 * Replaces references to excluded resources with literals. Removes their addresses without an attribute (`depends_on`,
 * `replace_triggered_by`), which have no value.
 */
function replaceReferences(value: Json, excluded: ReadonlyMap<string, JsonObject>): Json {
  if (typeof value === "string") {
    if (!value.includes("${")) return value;
    return value.replaceAll(reference, (text, type: string, name: string, path: string) => {
      const resource = excluded.get(type)?.[name];
      return isObject(resource) ? toLiteral(type, path.slice(1), resource) : text;
    });
  }
  if (Array.isArray(value)) {
    const isAddress = (item: Json): boolean => {
      const [type, name, ...attribute] = typeof item === "string" ? item.split(".") : [];
      return attribute.length === 0 && name !== undefined && name in (excluded.get(type!) ?? {});
    };
    return value.filter((item) => !isAddress(item)).map((item) => replaceReferences(item, excluded));
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, replaceReferences(item, excluded)]);
  return Object.fromEntries(entries);
}

/** The configured value of an attribute if it is known, otherwise a placeholder. */
function toLiteral(type: string, attribute: string, resource: JsonObject): string {
  const configured = resource[attribute];
  const isKnown =
    typeof configured === "string" ? !configured.includes("${") : typeof configured === "number";
  return JSON.stringify(isKnown ? configured : createPlaceholder(type, attribute));
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
