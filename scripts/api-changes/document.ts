/** A JSON Schema, or another object of an OpenAPI document. */
// biome-ignore lint/suspicious/noExplicitAny: JSON of a document that is valid
export type Part = Readonly<Record<string, any>>;

/** An OpenAPI document whose references are replaced by what they refer to. */
export interface ApiDocument {
  readonly paths: Part;
  readonly securitySchemes: Part;
  /** The name of a component among the schemas. */
  nameOf(schema: Part): string | undefined;
}

const schemaPrefix = "#/components/schemas/";

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
    if (reference.startsWith(schemaPrefix)) names.set(copied, reference.slice(schemaPrefix.length));
    return copied;
  };
  const copy = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(copy);
    const { $ref, ...own } = value as Part;
    const copied: Part = Object.fromEntries(Object.entries(own).map(([name, member]) => [name, copy(member)]));
    if ($ref === undefined) return copied;
    // A schema may say more beside the reference, such as that a member is deprecated.
    return $ref.startsWith(schemaPrefix) && Object.keys(own).length > 0
      ? { ...copied, allOf: [follow($ref), ...(copied.allOf ?? [])] }
      : follow($ref);
  };
  const { paths, components: { securitySchemes = {} } = {} } = document;
  return { paths: copy(paths) as Part, securitySchemes, nameOf: (schema) => names.get(schema) };
}
