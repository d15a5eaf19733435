import { expect } from "chai";
import { ignoredChanges } from "../../../scripts/plan-review/drift.ts";
import { readPlan } from "../../../scripts/plan-review/plan.ts";
import { resources } from "../../stacks/rules/resources.ts";
import { allStacks } from "../../stacks/rules/rule.ts";
import { changed, type PlannedChange, toPlanJson } from "./plans.ts";

const find = (drift: PlannedChange, state: readonly object[] = []) => {
  const prior_state = { values: { root_module: { resources: state } } };
  return readPlan("one", toPlanJson([], { drift: [drift], prior_state })).drift;
};

const specs = (disk_size_gb: number, instance_size = "M30") => [
  { region_configs: [{ electable_specs: [{ disk_size_gb, instance_size }] }] },
];

describe("drift that a service reports by itself", () => {
  for (const [type, values] of [
    ["mongodbatlas_cloud_backup_schedule", { next_snapshot: ["2027-01-01T00:00:00Z", "2027-01-01T04:00:00Z"] }],
    ["mongodbatlas_online_archive", { state: ["IDLE", "ARCHIVING"] }],
    ["mongodbatlas_advanced_cluster", { mongo_db_version: ["8.0.4", "8.0.5"], state_name: ["IDLE", "UPDATING"] }],
    ["mongodbatlas_advanced_cluster", { disk_size_gb: [40, 80], replication_specs: [specs(40), specs(80)] }],
    ["mongodbatlas_flex_cluster", { mongo_db_version: ["8.0.4", "8.0.5"] }],
    ["mongodbatlas_cloud_provider_access_setup", { last_updated_date: ["a", "b"] }],
    ["mongodbatlas_cloud_provider_access_authorization", { feature_usages: [[], [{ feature_type: "a" }]] }],
    ["aws_elasticache_replication_group", { engine_version_actual: ["7.1.0", "7.1.1"] }],
  ] as const) {
    it(`is expected of ${type}`, () => {
      expect(find(changed(type, values))).to.deep.equal([]);
      const [more] = find(changed(type, { ...values, retries: [1, 2] }));
      expect(more?.differences.map(({ path }) => path)).to.deep.equal(["retries"]);
    });
  }

  for (const [type, values] of [
    ["mongodbatlas_online_archive", { state: ["IDLE", "DELETED"] }],
    ["mongodbatlas_advanced_cluster", { state_name: ["IDLE", "DELETING"] }],
    ["mongodbatlas_online_archive", { paused: [false, true] }],
    ["mongodbatlas_advanced_cluster", { replication_specs: [specs(40), specs(80, "M40")] }],
    ["mongodbatlas_advanced_cluster", { mongo_db_major_version: ["8.0", "9.0"] }],
    ["aws_scheduler_schedule", { state: ["ENABLED", "DISABLED"] }],
  ] as const) {
    it(`is reported of ${type}: ${JSON.stringify(values)}`, () =>
      expect(find(changed(type, values))).to.have.lengthOf(1));
  }
});

describe("drift after a rotation of signing keys", () => {
  const key = (id: string, account = "111122223333") => `arn:aws:kms:eu-west-1:${account}:key/${id}`;
  const name = "/ecobeat/staging/jwt-signing-keys";
  const arn = `arn:aws:ssm:eu-west-1:111122223333:parameter${name}`;
  const first = JSON.stringify({ current: key("first") });
  const rotated = { current: key("second"), changedAt: "2027-01-01T00:00:00Z" };

  const parameter = (value: string, of = name) =>
    changed("aws_ssm_parameter", { name: [of, of], arn: [arn, arn], value: [first, value], version: [1, 4] });
  const disabled = (key_usage = "SIGN_VERIFY") =>
    changed("aws_kms_key", {
      arn: [key("first"), key("first")],
      key_usage: [key_usage, key_usage],
      is_enabled: [true, false],
    });
  const stages = (value: object, of = arn) => [
    { type: "aws_ssm_parameter", values: { name, arn: of, value: JSON.stringify(value) } },
  ];

  it("is none for the parameter and the first key", () => {
    const previous = { ...rotated, previous: key("first") };
    for (const each of [rotated, previous]) expect(find(parameter(JSON.stringify(each)))).to.deep.equal([]);
    for (const each of [rotated, { ...rotated, retired: key("first") }]) {
      expect(find(disabled(), stages(each))).to.deep.equal([]);
    }
  });

  for (const [what, value, of] of [
    ["a key of another account", JSON.stringify({ ...rotated, next: key("third", "999999999999") })],
    ["no stages", "{}"],
    ["no JSON", "second"],
    ["the stages in another parameter", JSON.stringify(rotated), "/ecobeat/staging/redis-url"],
  ] as const) {
    it(`is reported: ${what}`, () => expect(find(parameter(value, of))).to.have.lengthOf(1));
  }

  for (const [what, drift, state] of [
    ["a key that signs was disabled", disabled(), stages({ current: key("first") })],
    ["a published key was disabled", disabled(), stages({ ...rotated, previous: key("first") })],
    ["a key was disabled, and its stage is unknown", disabled(), []],
    [
      "a key was disabled, and the stages are of another account",
      disabled(),
      stages(rotated, arn.replace("1111", "9999")),
    ],
    ["a key that encrypts was disabled", disabled("ENCRYPT_DECRYPT"), stages(rotated)],
  ] as const) {
    it(`is reported: ${what}`, () => expect(find(drift, state)).to.have.lengthOf(1));
  }

  it("and after releases and scaling is all that the stacks make Terraform ignore", () => {
    const known = { ...ignoredChanges, aws_ssm_parameter: ["value"], aws_kms_key: ["is_enabled"] };
    const ignored = Object.values(allStacks())
      .flatMap(({ resource }) => Object.keys(resource))
      .flatMap((type) => resources(allStacks(), type).map(({ attributes }) => ({ type, attributes })))
      .filter(({ type, attributes }) => type !== "aws_lambda_function" && attributes.lifecycle?.ignore_changes);
    expect(new Set(ignored.map(({ type }) => type))).to.deep.equal(new Set(Object.keys(known)));
    for (const { type, attributes } of ignored) {
      expect(known[type as keyof typeof known]).to.have.members(attributes.lifecycle.ignore_changes);
    }
  });
});
