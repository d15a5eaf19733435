import * as z from "zod";

const text = z.string();
const list = <T extends z.ZodType>(schema: T) => z.array(schema).default([]);
/** An object that Terraform leaves out if it has nothing to say in it. */
const part = <T extends z.ZodRawShape>(shape: T) => z.looseObject(shape).prefault({} as never);
const attributes = z.record(text, z.unknown()).nullish();

/** A change of a resource. Terraform leaves out what it has nothing to say about: nothing is unknown then, or nothing sensitive. */
export const changeSchema = z.object({
  address: text,
  deposed: text.optional(),
  type: text,
  mode: text.default("managed"),
  action_reason: text.optional(),
  change: z.looseObject({
    actions: z.array(text),
    before: attributes,
    after: attributes,
    after_unknown: z.unknown().optional(),
    before_sensitive: z.unknown().optional(),
    after_sensitive: z.unknown().optional(),
    importing: z.object({}).nullish(),
    replace_paths: list(z.array(z.union([text, z.number()]))),
  }),
});

const actionTrigger = z.object({ triggering_resource_address: text, action_trigger_event: text }).partial();
const actionSchema = z.object({ address: text, lifecycle_action_trigger: actionTrigger.default({}) });
const checkSchema = z.object({ address: z.object({ to_display: text }), status: text });

const stateResource = z.object({ type: text, values: z.record(text, z.unknown()) });

/** A module with the attributes that its resources set, and the modules that it calls. */
export interface ModuleConfiguration {
  readonly resources: readonly { readonly address: string; readonly expressions: object }[];
  readonly outputs: Readonly<Record<string, { readonly sensitive: boolean }>>;
  readonly module_calls: Readonly<Record<string, { readonly module: ModuleConfiguration }>>;
}
const moduleSchema: z.ZodType<ModuleConfiguration, unknown> = z.lazy(() =>
  z
    .object({
      resources: list(z.object({ address: text, expressions: z.looseObject({}).default({}) })),
      outputs: z.record(text, z.object({ sensitive: z.boolean().default(false) })).default({}),
      module_calls: z.record(text, z.object({ module: moduleSchema })).default({}),
    })
    .prefault({}),
);

/**
 * The parts of a plan that a review reads, and of the others the names:
 * https://developer.hashicorp.com/terraform/internals/json-format#plan-representation. That page lacks the actions of Terraform 1.14:
 * https://github.com/hashicorp/terraform/blob/main/internal/command/jsonplan/plan.go
 */
export const planSchema = z.looseObject({
  // Minor versions only add properties.
  format_version: text.regex(/^1\./),
  planned_values: z.object({}),
  resource_changes: list(changeSchema),
  resource_drift: list(changeSchema),
  deferred_changes: list(z.object({ reason: text, resource_change: changeSchema })),
  action_invocations: list(actionSchema),
  deferred_action_invocations: list(z.object({ reason: text, action_invocation: actionSchema })),
  prior_state: part({ values: part({ root_module: part({ resources: list(stateResource) }) }) }),
  output_changes: z.record(text, z.object({ actions: z.array(text), before_sensitive: z.unknown() })).default({}),
  checks: list(checkSchema.extend({ instances: list(checkSchema) })),
  configuration: part({ root_module: moduleSchema, provider_config: z.record(text, z.unknown()).default({}) }),
  complete: z.boolean().default(true),
  errored: z.boolean().default(false),
});

export type PlanJson = z.infer<typeof planSchema>;
export type ChangeJson = z.infer<typeof changeSchema>;

/** Parts that say nothing about what changes. */
const irrelevantParts = /^(terraform_version|variables|relevant_attributes|timestamp|applyable)$/;
const irrelevantMembers = /^(generated_config|(before|after)_identity)$/;

/** Names of what a review does not read, because Terraform writes it only since a later version. */
export function findUnreadParts(plan: PlanJson): string[] {
  const parts = Object.keys(plan).filter((name) => !(name in planSchema.shape || irrelevantParts.test(name)));
  const members = [...plan.resource_changes, ...plan.resource_drift]
    .flatMap(({ change }) => Object.keys(change))
    .filter((name) => !(name in changeSchema.shape.change.shape || irrelevantMembers.test(name)));
  return [...parts, ...new Set(members.map((name) => `change.${name}`))];
}
