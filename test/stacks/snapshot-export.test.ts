import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { parse } from "yaml";
import { snapshotExports } from "../../scripts/backup/contract.ts";
import { generateWorkflows } from "../../scripts/workflows/workflows.ts";
import { production } from "../../stacks/environments/production.ts";
import type { Environment } from "../../stacks/environments.ts";
import { type Stacks, synthesize } from "../support/synthesize.ts";
import { changedResources } from "./changed-resources.ts";
import { getRoleStatements, type Statement } from "./rules/policies.ts";
import { resources } from "./rules/resources.ts";

const { database } = production;

const exporting: Environment = {
  ...production,
  ...(database.kind === "replica-set" && {
    database: { ...database, backups: { ...database.backups, exportFrequency: "daily" } },
  }),
};

const bucketName = "ecobeat-production-backups-exports-eu-west-1-444455556666";

describe("an environment whose snapshots Atlas exports", () => {
  let stacks: Stacks;
  before(() => {
    stacks = synthesize([exporting]);
  });

  const first = (type: string, isWanted: (attributes: Record<string, unknown>) => boolean = () => true) =>
    resources(stacks, type).find(({ attributes }) => isWanted(attributes))!;
  /** What a role may do: action and resource, without references. */
  const getPermissions = (name: string) =>
    getRoleStatements(
      stacks,
      first("aws_iam_role", (role) => String(role.name).includes(name)),
    ).map(
      ({ Action = [], Resource: targets = [] }: Statement) =>
        `${Action.join(" ")}: ${String(targets).replace(/\$\{[^}]+\}/, "")}`,
    );

  it("exports a snapshot a day to a bucket of the account with Object Lock", () => {
    const schedule = first("mongodbatlas_cloud_backup_schedule").attributes;
    const [[id, target]] = Object.entries(
      first("mongodbatlas_cloud_backup_snapshot_export_bucket").stack.resource
        .mongodbatlas_cloud_backup_snapshot_export_bucket!,
    ) as [[string, Record<string, unknown>]];
    expect(schedule.auto_export_enabled).to.equal(true);
    expect(schedule.export).to.deep.equal({
      export_bucket_id: `\${mongodbatlas_cloud_backup_snapshot_export_bucket.${id}.export_bucket_id}`,
      frequency_type: "daily",
    });
    expect(target.cloud_provider).to.equal("AWS");
    const bucket = first("aws_s3_bucket", (each) => each.bucket === bucketName).attributes;
    expect(bucket.object_lock_enabled).to.equal(true);
  });

  it("lets Atlas only write exports, and workflows only read them", () => {
    expect(getPermissions("ecobeat-production-backups-exports")).to.deep.equal([
      "s3:GetBucketLocation: ",
      `s3:PutObject: /${snapshotExports.prefix}*`,
      "kms:GenerateDataKey kms:Decrypt: ",
    ]);
    const workflow = resources(stacks, "aws_iam_policy").find(({ attributes }) =>
      attributes.name.includes("deploy-restore-test"),
    );
    const statements: Statement[] = JSON.parse(workflow!.attributes.policy).Statement;
    expect(statements.flatMap(({ Action = [] }) => Action)).to.deep.equal([
      ...["lambda:InvokeFunction", "s3:ListBucket", "s3:GetObject", "kms:Decrypt"],
    ]);
    expect(String(statements[2]!.Resource)).to.match(new RegExp(`\\}/${snapshotExports.prefix}\\*$`));
  });

  it("trusts Atlas for its own project only", () => {
    const role = first("aws_iam_role", ({ name }) => name === "ecobeat-production-backups-exports-eu-west-1");
    const [trust] = JSON.parse(role.attributes.assume_role_policy).Statement;
    expect(trust.Condition.StringEquals["sts:ExternalId"]).to.match(
      /snapshot-export_access.*atlas_assumed_role_external_id/,
    );
  });

  it("has an alert for a failed export, which Atlas does not repeat", () => {
    const events = resources(stacks, "mongodbatlas_alert_configuration").map(({ attributes }) => attributes.event_type);
    expect(events).to.include.members(["CPS_EXPORT_FAILED", "CPS_AUTO_EXPORT_FAILED"]);
  });

  it("verifies a part of the newest export in a job of its own", () => {
    const folder = ".github/workflows";
    const existing = Object.fromEntries(
      readdirSync(folder).map((file) => [file, readFileSync(`${folder}/${file}`, "utf8")]),
    );
    const { jobs } = parse(generateWorkflows([exporting], existing)["restore-test.yml"]!);
    expect(Object.keys(jobs)).to.deep.equal(["production", "production-exports"]);
    expect(jobs["production-exports"].steps.at(-1).run).to.contain(
      `backup verify --from-export s3://${bucketName}/${snapshotExports.prefix} --sample 20 `,
    );
  });

  it("differs from others by that alone", () => {
    const others = synthesize([production]);
    const [schedule] = resources(others, "mongodbatlas_cloud_backup_schedule");
    expect(schedule!.attributes).to.include({ auto_export_enabled: false }).and.not.to.have.property("export");
    const changes = changedResources(others, stacks);
    const getTypes = (kind: string) =>
      [...new Set(changes.filter((each) => each.kind === kind).map(({ type }) => type))].sort();
    expect(getTypes("gone")).to.deep.equal([]);
    expect(getTypes("changed")).to.deep.equal([...["aws_iam_policy", "mongodbatlas_cloud_backup_schedule", "output"]]);
    expect(
      getTypes("new").filter((type) => !/^(aws_(kms|s3|iam_role)|mongodbatlas_(alert|cloud))/.test(type)),
    ).to.deep.equal([]);
  });
});
