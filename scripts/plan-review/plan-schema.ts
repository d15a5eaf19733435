import { z } from "zod";

const attributesSchema = z.record(z.string(), z.unknown()).nullish();

/** A change of a resource. Terraform leaves out what it has nothing to say about: nothing is unknown then, or nothing sensitive. */
export const changeSchema = z.object({
  address: z.string(),
  deposed: z.string().optional(),
  type: z.string(),
  mode: z.string().default("managed"),
  action_reason: z.string().optional(),
  change: z.looseObject({
    actions: z.array(z.string()),
    before: attributesSchema,
    after: attributesSchema,
    after_unknown: z.unknown().optional(),
    before_sensitive: z.unknown().optional(),
    after_sensitive: z.unknown().optional(),
    importing: z.object({}).nullish(),
    replace_paths: z.array(z.array(z.union([z.string(), z.number()]))).default([]),
  }),
});
const changesSchema = z.array(changeSchema).default([]);

const addressSchema = z.object({ to_display: z.string() });
const actionSchema = z.object({
  address: z.string(),
  lifecycle_action_trigger: z
    .object({ triggering_resource_address: z.string(), action_trigger_event: z.string() })
    .partial()
    .optional(),
});

/** A module with the attributes that its resources set, and the modules that it calls. */
export interface ModuleConfiguration {
  readonly resources?: readonly { readonly address: string; readonly expressions?: object | undefined }[] | undefined;
  readonly outputs?: Readonly<Record<string, { readonly sensitive?: boolean | undefined }>> | undefined;
  readonly module_calls?: Readonly<Record<string, { readonly module?: ModuleConfiguration | undefined }>> | undefined;
}
const moduleSchema: z.ZodType<ModuleConfiguration> = z.lazy(() =>
  z.object({
    resources: z.array(z.object({ address: z.string(), expressions: z.object({}).loose().optional() })).optional(),
    outputs: z.record(z.string(), z.object({ sensitive: z.boolean().optional() })).optional(),
    module_calls: z.record(z.string(), z.object({ module: moduleSchema.optional() })).optional(),
  }),
);

/**
 * The parts of a plan that a review reads, and of the others the names:
 * https://developer.hashicorp.com/terraform/internals/json-format#plan-representation. That page lacks the actions of Terraform 1.14:
 * https://github.com/hashicorp/terraform/blob/main/internal/command/jsonplan/plan.go
 */
export const planSchema = z.looseObject({
  // Minor versions only add properties.
  format_version: z.string().regex(/^1\./),
  planned_values: z.object({}),
  resource_changes: changesSchema,
  resource_drift: changesSchema,
  deferred_changes: z.array(z.object({ reason: z.string(), resource_change: changeSchema })).default([]),
  action_invocations: z.array(actionSchema).default([]),
  deferred_action_invocations: z.array(z.object({ reason: z.string(), action_invocation: actionSchema })).default([]),
  prior_state: z
    .object({
      values: z
        .object({
          root_module: z
            .object({ resources: z.array(z.object({ type: z.string(), values: z.record(z.string(), z.unknown()) })) })
            .default({ resources: [] }),
        })
        .default({ root_module: { resources: [] } }),
    })
    .default({ values: { root_module: { resources: [] } } }),
  output_changes: z
    .record(z.string(), z.object({ actions: z.array(z.string()), before_sensitive: z.unknown().optional() }))
    .default({}),
  checks: z
    .array(
      z.object({
        address: addressSchema,
        status: z.string(),
        instances: z.array(z.object({ address: addressSchema, status: z.string() })).optional(),
      }),
    )
    .default([]),
  configuration: z
    .object({ root_module: moduleSchema, provider_config: z.record(z.string(), z.unknown()) })
    .partial()
    .default({}),
  complete: z.boolean().default(true),
  errored: z.boolean().default(false),
});

export type PlanJson = z.infer<typeof planSchema>;

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
