import { expect } from "chai";
import { providerSchema } from "./rules/bindings-schema.ts";
import { add, type Change, changeFirst, first } from "./rules/resources.ts";
import { allStacks, testRule } from "./rules/rule.ts";

const cluster = (change: Change) => changeFirst("mongodbatlas_advanced_cluster", change);

describe("Atlas's resources against the schema of the provider", () => {
  testRule(providerSchema, {
    "an unknown attribute": changeFirst("mongodbatlas_flex_cluster", { colour: "green" }),
    "an unknown attribute of a block": cluster({
      "advanced_configuration.minimum_tls": "TLS1_3",
    }),
    "an unknown attribute of a block in a block": cluster({
      "replication_specs.0.region_configs.0.size": "M10",
    }),
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
    "a word in place of a flag": changeFirst("mongodbatlas_flex_cluster", {
      termination_protection_enabled: "yes",
    }),
    "a list in place of a block": (stacks) => {
      const schedule = first(stacks, "mongodbatlas_cloud_backup_schedule");
      schedule.policy_item_daily = [schedule.policy_item_daily];
    },
    "a map in place of a list": cluster({ tags: { owner: "platform" } }),
    "a resource that the provider does not have": add("database", "mongodbatlas_cluster_of_dreams", {}),
  });

  it("reports the path and the problem", () => {
    const stacks = allStacks();
    const user = first(stacks, "mongodbatlas_database_user");
    delete user.project_id;
    user.colour = "green";
    user.roles[0].role_name = 1;
    expect(providerSchema.check(stacks).map((line) => line.replace(/^\S+ [^.]+\.[^.]+\./, ""))).to.deep.equal(
      ["project_id: is required", "roles.0.role_name: is number, not string", "colour: is unknown"],
    );
  });

  it("accepts references, which only Terraform can resolve", () => {
    const stacks = allStacks();
    first(stacks, "mongodbatlas_cloud_backup_schedule").restore_window_days = "${var.days}";
    expect(providerSchema.check(stacks)).to.deep.equal([]);
  });
});
