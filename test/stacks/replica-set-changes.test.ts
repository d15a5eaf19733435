import { expect } from "chai";
import { environments } from "../../stacks/environments.ts";
import { synthesize } from "../support/synthesize.ts";
import { changedResources } from "./changed-resources.ts";
import { paths, withValue } from "./table-values.ts";

const { production } = environments;

/** For each value of a replica set's row in the table: another value, and all that changes with it. */
const changes: Readonly<Record<string, { readonly to: unknown; readonly changes: readonly string[] }>> = {
  organizationId: { to: "111111111111111111111111", changes: ["~ mongodbatlas_project: project"] },
  instanceSize: { to: "M20", changes: ["~ mongodbatlas_advanced_cluster: replica-set_cluster"] },
  nodes: { to: 5, changes: ["~ mongodbatlas_advanced_cluster: replica-set_cluster"] },
  archiveAfterDays: { to: 400, changes: ["~ mongodbatlas_online_archive: archive"] },
  archiveKeepDays: { to: 1_000, changes: ["~ mongodbatlas_online_archive: archive"] },
  "backups.everyHours": {
    to: 2,
    changes: ["~ mongodbatlas_cloud_backup_schedule: replica-set_backups_schedule"],
  },
  "backups.dailyDays": {
    to: 35,
    changes: ["~ mongodbatlas_cloud_backup_schedule: replica-set_backups_schedule"],
  },
  "backups.pointInTimeDays": {
    to: 3,
    changes: ["~ mongodbatlas_cloud_backup_schedule: replica-set_backups_schedule"],
  },
  "backups.copyRegion": {
    to: "eu-north-1",
    changes: ["~ mongodbatlas_cloud_backup_schedule: replica-set_backups_schedule"],
  },
};

describe("a change of one value of a replica set", () => {
  const before = synthesize([production]);

  for (const [path, { to, changes: expected }] of Object.entries(changes)) {
    it(`${path} changes ${expected.join("; ")}`, () => {
      const after = synthesize([withValue(production, `database.${path}`, to)]);
      expect(changedResources(before, after)).to.deep.equal(expected);
    });
  }

  it("is told above for each value, but the kind, which changes all", () => {
    expect([...Object.keys(changes), "kind"]).to.have.members(paths(production.database));
  });
});
