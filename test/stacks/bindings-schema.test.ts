import { expect } from "chai";
import { providerSchema } from "./rules/bindings-schema.ts";
import { add, first } from "./rules/resources.ts";
import { allStacks, testRule } from "./rules/rule.ts";

describe("Atlas's resources against the schema of the provider", () => {
  testRule(providerSchema, {
    "an unknown attribute": (stacks) => {
      first(stacks, "mongodbatlas_flex_cluster").colour = "green";
    },
    "an unknown attribute of a block": (stacks) => {
      first(stacks, "mongodbatlas_advanced_cluster").advanced_configuration.minimum_tls = "TLS1_3";
    },
    "an unknown attribute of a block in a block": (stacks) => {
      first(stacks, "mongodbatlas_advanced_cluster").replication_specs[0].region_configs[0].size = "M10";
    },
    "a missing attribute": (stacks) => {
      delete first(stacks, "mongodbatlas_database_user").project_id;
    },
    "a missing block": (stacks) => {
      delete first(stacks, "mongodbatlas_flex_cluster").provider_settings;
    },
    "a missing attribute of a block": (stacks) => {
      delete first(stacks, "mongodbatlas_cloud_backup_schedule").policy_item_hourly.retention_unit;
    },
    "a missing attribute of a block in a block": (stacks) => {
      delete first(stacks, "mongodbatlas_advanced_cluster").replication_specs[0].region_configs[0].priority;
    },
    "no block where one is required": (stacks) => {
      first(stacks, "mongodbatlas_advanced_cluster").replication_specs = [];
    },
    "a word in place of a number": (stacks) => {
      first(stacks, "mongodbatlas_cloud_backup_schedule").restore_window_days = "seven";
    },
    "a word in place of a flag": (stacks) => {
      first(stacks, "mongodbatlas_flex_cluster").termination_protection_enabled = "yes";
    },
    "a list in place of a block": (stacks) => {
      const schedule = first(stacks, "mongodbatlas_cloud_backup_schedule");
      schedule.policy_item_daily = [schedule.policy_item_daily];
    },
    "a map in place of a list": (stacks) => {
      first(stacks, "mongodbatlas_advanced_cluster").tags = { owner: "platform" };
    },
    "a resource that the provider does not have": (stacks) =>
      add(stacks, "database", "mongodbatlas_cluster_of_dreams", {}),
  });

  it("says where what is wrong", () => {
    const stacks = allStacks();
    const user = first(stacks, "mongodbatlas_database_user");
    delete user.project_id;
    user.colour = "green";
    user.roles[0].role_name = 1;
    expect(providerSchema.check(stacks).map((line) => line.replace(/^\S+ [^.]+\.[^.]+\./, ""))).to.deep.equal(
      ["project_id: is required", "roles.0.role_name: is number, not string", "colour: is unknown"],
    );
  });

  it("lets Terraform judge what only it can know", () => {
    const stacks = allStacks();
    first(stacks, "mongodbatlas_cloud_backup_schedule").restore_window_days = "${var.days}";
    expect(providerSchema.check(stacks)).to.deep.equal([]);
  });
});
