import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect } from "chai";
import { add, type Change, changeFirst, first, resources } from "./rules/resources.ts";
import { type Rule, testRule, wholeApp } from "./rules/rule.ts";

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

/** Providers that no test applies, by the prefix of their resource types. */
const providers = ["mongodbatlas", "tfe"];

/** The types in the bindings of all these providers. */
const bindingTypes = Object.assign(
  {},
  ...providers.map((provider) => {
    const path = createRequire(import.meta.url).resolve(`@cdktf/provider-${provider}/.jsii`);
    return (JSON.parse(readFileSync(path, "utf8")) as Assembly).types;
  }),
) as Assembly["types"];

/** What Terraform itself reads of any resource. */
const metaArguments = ["count", "depends_on", "for_each", "lifecycle", "provider"];

/** Name of the type that holds a resource's arguments: `...advancedCluster.AdvancedClusterConfig`. */
function configurationType(resourceType: string): string {
  const [, provider, name] = /^([^_]+)_(.+)$/.exec(resourceType)!;
  const pascal = name!.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());
  return `@cdktf/provider-${provider}.${pascal[0]!.toLowerCase()}${pascal.slice(1)}.${pascal}Config`;
}

/** Terraform's name of an argument, which the link to its documentation ends with. */
function argumentName({ name, docs }: Property): string {
  const link = /\{@link \S+#(\w+) /.exec(`${docs.summary} ${docs.remarks}`);
  if (!link) throw new Error(`The bindings no longer say what Terraform calls ${name}. Read it from elsewhere.`);
  return link[1]!;
}

/** An expression in place of a value, whose type only Terraform knows. */
const isReference = (value: unknown): boolean => typeof value === "string" && /^\$\{[^}]+\}$/.test(value);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function findObjectProblems(value: unknown, fqn: string, path: string, ignored: readonly string[] = []): string[] {
  const type = bindingTypes[fqn];
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

const providerSchema: Rule = {
  name: "resources of Atlas and HCP Terraform match the schemas of their providers: all required attributes, no unknown ones, and the right types",
  check: (stacks) =>
    resources(stacks)
      .filter(({ type }) => providers.some((provider) => type.startsWith(`${provider}_`)))
      .flatMap(({ type, address, attributes }) =>
        findObjectProblems(attributes, configurationType(type), address, metaArguments),
      ),
};

const cluster = (change: Change) => changeFirst("mongodbatlas_advanced_cluster", change);

describe("Resources of Atlas and HCP Terraform", () => {
  testRule(
    providerSchema,
    {
      "an unknown attribute": changeFirst("mongodbatlas_flex_cluster", { colour: "green" }),
      "an unknown attribute of a block": cluster({ "advanced_configuration.minimum_tls": "TLS1_3" }),
      "an unknown attribute of a block in a block": cluster({ "replication_specs.0.region_configs.0.size": "M10" }),
      "a missing attribute": changeFirst("mongodbatlas_database_user", { project_id: undefined }),
      "a missing block": changeFirst("mongodbatlas_flex_cluster", { provider_settings: undefined }),
      "a missing attribute of a block": changeFirst("mongodbatlas_cloud_backup_schedule", {
        "policy_item_hourly.retention_unit": undefined,
      }),
      "a missing attribute of a block in a block": cluster({
        "replication_specs.0.region_configs.0.priority": undefined,
      }),
      "no block where one is required": cluster({ replication_specs: [] }),
      "a word in place of a number": changeFirst("mongodbatlas_cloud_backup_schedule", {
        restore_window_days: "seven",
      }),
      "a word in place of a flag": changeFirst("mongodbatlas_flex_cluster", { termination_protection_enabled: "yes" }),
      "a list in place of a block": (stacks) => {
        const schedule = first(stacks, "mongodbatlas_cloud_backup_schedule");
        schedule.policy_item_daily = [schedule.policy_item_daily];
      },
      "a map in place of a list": cluster({ tags: { owner: "platform" } }),
      "a resource that the provider does not have": add("database", "mongodbatlas_cluster_of_dreams", {}),
      "an unknown attribute in HCP Terraform": changeFirst("tfe_workspace", { colour: "green" }),
      "a missing attribute in HCP Terraform": changeFirst("tfe_team_access", { team_id: undefined }),
    },
    wholeApp,
  );

  it("reports the path and the problem", () => {
    const stacks = wholeApp();
    const user = first(stacks, "mongodbatlas_database_user");
    delete user.project_id;
    user.colour = "green";
    user.roles[0].role_name = 1;
    expect(providerSchema.check(stacks).map((line) => line.replace(/^\S+ [^.]+\.[^.]+\./, ""))).to.deep.equal([
      "project_id: is required",
      "roles.0.role_name: is number, not string",
      "colour: is unknown",
    ]);
  });

  it("accepts references, which only Terraform can resolve", () => {
    const stacks = wholeApp();
    first(stacks, "mongodbatlas_cloud_backup_schedule").restore_window_days = "${var.days}";
    expect(providerSchema.check(stacks)).to.deep.equal([]);
  });
});
