import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resources } from "./resources.ts";
import type { Rule } from "./rule.ts";

/**
 * The part of a jsii assembly that is read here. The bindings were generated from the provider's own schema, and their
 * assembly keeps all of it that a configuration can break: names, types, and what is required.
 */
interface Assembly {
  readonly types: Readonly<Record<string, { readonly properties?: readonly Property[] }>>;
}

interface Property {
  readonly name: string;
  readonly optional?: boolean;
  readonly type: Type;
  readonly docs: { readonly summary?: string; readonly remarks?: string };
}

interface Type {
  readonly primitive?: string;
  readonly fqn?: string;
  readonly collection?: { readonly kind: "array" | "map"; readonly elementtype: Type };
  readonly union?: { readonly types: readonly Type[] };
}

const bindings = "@cdktf/provider-mongodbatlas";

let assembly: Assembly | undefined;

function readBindingTypes(): Assembly["types"] {
  const path = createRequire(import.meta.url).resolve(`${bindings}/.jsii`);
  assembly ??= JSON.parse(readFileSync(path, "utf8")) as Assembly;
  return assembly.types;
}

/** What Terraform itself reads of any resource. */
const metaArguments = ["count", "depends_on", "for_each", "lifecycle", "provider"];

/** Name of the type that holds a resource's arguments: `...advancedCluster.AdvancedClusterConfig`. */
function configurationType(resourceType: string): string {
  const pascal = resourceType
    .replace(/^mongodbatlas_/, "")
    .replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());
  return `${bindings}.${pascal[0]!.toLowerCase()}${pascal.slice(1)}.${pascal}Config`;
}

/** Terraform's name of an argument, which the link to its documentation ends with. */
function argumentName({ name, docs }: Property): string {
  const link = /\{@link \S+#(\w+) /.exec(`${docs.summary} ${docs.remarks}`);
  if (!link)
    throw new Error(`${bindings} no longer says what Terraform calls ${name}. Read it from elsewhere.`);
  return link[1]!;
}

/** An expression in place of a value, whose type only Terraform knows. */
const isReference = (value: unknown): boolean => typeof value === "string" && /^\$\{[^}]+\}$/.test(value);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function findObjectProblems(
  value: unknown,
  fqn: string,
  path: string,
  ignored: readonly string[] = [],
): string[] {
  const type = readBindingTypes()[fqn];
  if (!type) return [`${path}: ${fqn} is not in the bindings`];
  if (!isObject(value)) return [`${path}: is no object`];
  const properties = new Map((type.properties ?? []).map((each) => [argumentName(each), each]));
  const missing = [...properties].filter(([name, { optional }]) => !optional && value[name] === undefined);
  return [
    ...missing.map(([name]) => `${path}.${name}: is required`),
    ...Object.entries(value)
      .filter(([name, inner]) => inner !== undefined && !ignored.includes(name))
      .flatMap(([name, inner]) => {
        const property = properties.get(name);
        return property
          ? findProblems(inner, property.type, `${path}.${name}`, !property.optional)
          : [`${path}.${name}: is unknown`];
      }),
  ];
}

function findProblems(value: unknown, type: Type, path: string, required: boolean): string[] {
  const [of] = type.union?.types.filter(({ fqn }) => fqn !== "cdktf.IResolvable") ?? [type];
  if (of?.fqn) return findObjectProblems(value, of.fqn, path);
  if (of?.collection) {
    const { kind, elementtype } = of.collection;
    if (kind === "array" ? !Array.isArray(value) : !isObject(value)) return [`${path}: is no ${kind}`];
    const inner = Object.entries(value as object);
    if (required && inner.length === 0) return [`${path}: is empty, and required`];
    return inner.flatMap(([key, each]) => findProblems(each, elementtype, `${path}.${key}`, true));
  }
  const fits = typeof value === of?.primitive || isReference(value);
  return fits ? [] : [`${path}: is ${typeof value}, not ${of?.primitive}`];
}

export const providerSchema: Rule = {
  name: "Atlas's resources match the schema of its provider: all required attributes, no unknown ones, and the right types",
  check: (stacks) =>
    resources(stacks)
      .filter(({ type }) => type.startsWith("mongodbatlas_"))
      .flatMap(({ type, address, attributes }) =>
        findObjectProblems(attributes, configurationType(type), address, metaArguments),
      ),
};
