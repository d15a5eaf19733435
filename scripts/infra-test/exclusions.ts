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

/** Whether an exclusion applies to a stack. */
export const isExcludedFrom = ({ type, attribute }: Exclusion, configuration: JsonObject): boolean =>
  Object.values(getObject(configuration, "resource", type)).some(
    (resource) => isObject(resource) && (attribute === undefined || attribute in resource),
  );

/**
 * Removes excluded resources and attributes from a stack. A reference to an excluded resource becomes its configured value, or
 * a placeholder if only the created resource has the value.
 *
 * @returns the configuration without them, and how many resources were excluded
 */
export function exclude(configuration: JsonObject, exclusions: readonly Exclusion[]) {
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
 * `replace_triggered_by`), which have no value, and conditions on them, since Terraform refuses one without a reference.
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
    const isCondition = (item: Json): boolean =>
      isObject(item) &&
      typeof item.condition === "string" &&
      replaceReferences(item.condition, excluded) !== item.condition;
    return value
      .filter((item) => !isAddress(item) && !isCondition(item))
      .map((item) => replaceReferences(item, excluded));
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, replaceReferences(item, excluded)]);
  return Object.fromEntries(entries);
}

/** The configured value of an attribute if it is known, otherwise a placeholder. */
function toLiteral(type: string, attribute: string, resource: JsonObject): string {
  const configured = resource[attribute];
  const isKnown = typeof configured === "string" ? !configured.includes("${") : typeof configured === "number";
  return JSON.stringify(isKnown ? configured : createPlaceholder(type, attribute));
}

/**
 * The providers whose resources are excluded before the plan. The rest of their stacks runs through every step. The compiler
 * checks the excluded resources against the types of the bindings.
 */
const excludedProviders = {
  mongodbatlas: "Atlas has no emulator, and a plan needs an API key of a real organization",
  tfe: "HCP Terraform has no emulator, and a plan needs a token of a real organization",
};

/**
 * Removes the resources of {@link excludedProviders} from stacks, and the stacks that have no others. References to them become
 * placeholders. The provider counts as one skipped step of its stack.
 */
export function excludeProviders(stacks: readonly Stack[], report: Report): Stack[] {
  return stacks.flatMap((stack) => {
    for (const [name, why] of Object.entries(excludedProviders)) {
      if (!(name in getObject(stack.configuration, "terraform", "required_providers"))) continue;
      const exclusions = Object.keys(getObject(stack.configuration, "resource"))
        .filter((type) => type.startsWith(`${name}_`))
        .map((type) => ({ type, why }));
      const { configuration, excluded } = exclude(stack.configuration, exclusions);
      delete getObject(configuration, "terraform", "required_providers")[name];
      delete getObject(configuration, "provider")[name];
      const data = getObject(configuration, "data");
      for (const type of Object.keys(data)) if (type.startsWith(`${name}_`)) delete data[type];
      report.skipped(stack.name, [name], `${excluded} resources excluded: ${why}`);
      return Object.keys(getObject(configuration, "resource")).length > 0 ? { ...stack, configuration } : [];
    }
    return stack;
  });
}
