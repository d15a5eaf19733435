import { isObject, type Json, type JsonObject, mapStrings, objectAt } from "./configuration.ts";
import { placeholderFor } from "./placeholder.ts";

/** A resource type, or one attribute of it, that is planned but not applied. */
export interface Gap {
  readonly type: string;
  /** @default the whole resource */
  readonly attribute?: string;
  /** What the emulator does instead. */
  readonly why: string;
}

/** A configuration without what the emulator cannot do. */
export interface Reduced {
  readonly configuration: JsonObject;
  /** How many resources were left out. */
  readonly leftOut: number;
}

/** Whether a stack has what a gap is about. */
export const isPresent = ({ type, attribute }: Gap, configuration: JsonObject): boolean =>
  Object.values(objectAt(configuration, "resource", type)).some(
    (resource) => isObject(resource) && (attribute === undefined || attribute in resource),
  );

/**
 * Takes what is listed out of a stack. What refers to a resource that is left out gets the value its configuration gives, or
 * a placeholder where only the created resource would know it.
 */
export function leaveOut(configuration: JsonObject, gaps: readonly Gap[]): Reduced {
  const reduced = structuredClone(configuration);
  const resources = objectAt(reduced, "resource");
  const left = new Map<string, JsonObject>();
  for (const { type, attribute } of gaps) {
    const ofType = objectAt(resources, type);
    if (attribute !== undefined) {
      for (const resource of Object.values(ofType)) if (isObject(resource)) delete resource[attribute];
    } else if (type in resources) {
      left.set(type, ofType);
      delete resources[type];
    }
  }
  return {
    configuration: withoutReferences(reduced, left),
    leftOut: [...left.values()].reduce((sum, ofType) => sum + Object.keys(ofType).length, 0),
  };
}

function withoutReferences(configuration: JsonObject, left: ReadonlyMap<string, JsonObject>): JsonObject {
  let result = withoutOrderings(configuration, left);
  for (const [type, resources] of left) {
    for (const [name, resource] of Object.entries(resources)) {
      if (!isObject(resource)) continue;
      result = mapStrings(result, (text) => replaceReferences(text, type, name, resource));
    }
  }
  return result as JsonObject;
}

/** Drops addresses without an attribute (`depends_on`, `replace_triggered_by`), which order things and have no value. */
function withoutOrderings(value: Json, left: ReadonlyMap<string, JsonObject>): Json {
  const isOrdering = (item: Json): boolean => {
    const [type, name, ...attribute] = typeof item === "string" ? item.split(".") : [];
    return attribute.length === 0 && name !== undefined && name in (left.get(type!) ?? {});
  };
  if (Array.isArray(value)) {
    return value.filter((item) => !isOrdering(item)).map((item) => withoutOrderings(item, left));
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutOrderings(item, left)]));
}

/** Puts a literal in place of each reference, inside the expression it stands in. */
function replaceReferences(text: string, type: string, name: string, resource: JsonObject): string {
  if (!text.includes("${")) return text;
  const reference = new RegExp(String.raw`(?<![\w.-])${type}\.${name}((?:\.[\w-]+|\[\d+\])+)(?![\w-])`, "g");
  return text.replaceAll(reference, (_, path: string) => {
    const attribute = path.slice(1);
    const configured = resource[attribute];
    const isKnown =
      typeof configured === "string" ? !configured.includes("${") : typeof configured === "number";
    return JSON.stringify(isKnown ? configured : placeholderFor(type, attribute));
  });
}
