/** A JSON Schema, or another object of an OpenAPI document. */
// biome-ignore lint/suspicious/noExplicitAny: JSON of a document that is valid
export type Part = Readonly<Record<string, any>>;

/** An OpenAPI document whose references are replaced by what they refer to. */
export interface ApiDocument {
  readonly paths: Part;
  /** The name of a component among the schemas. */
  nameOf(schema: Part): string | undefined;
}

/** Replaces the references of a document. One component stays one object, which may contain itself. */
export function dereference(document: Part): ApiDocument {
  const components = new Map<string, Part>();
  const names = new Map<Part, string>();
  const follow = (reference: string): Part => {
    const found = components.get(reference);
    if (found) return found;
    const component = reference
      .split("/")
      .slice(1)
      .reduce((part, name) => part[name], document);
    const copied: Record<string, unknown> = {};
    components.set(reference, copied);
    Object.assign(copied, copy(component));
    if (reference.startsWith("#/components/schemas/"))
      names.set(copied, reference.slice(reference.lastIndexOf("/") + 1));
    return copied;
  };
  const copy = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(copy);
    if ("$ref" in value) return follow(value.$ref as string);
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copy(member)]));
  };
  return { paths: copy(document.paths) as Part, nameOf: (schema) => names.get(schema) };
}
