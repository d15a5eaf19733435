import type { DataMongodbatlasAdvancedCluster } from "@cdktf/provider-mongodbatlas/lib/data-mongodbatlas-advanced-cluster/index.js";
import { OnlineArchive } from "@cdktf/provider-mongodbatlas/lib/online-archive/index.js";
import { Construct } from "constructs";
import { activities, databaseName } from "../../../service/contract.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { EnvironmentOnlineArchive } from "../../environment-database.ts";
import { toAtlasRegion } from "./atlas-region.ts";

export interface AtlasArchiveProps extends EnvironmentOnlineArchive {
  readonly cluster: DataMongodbatlasAdvancedCluster;
}

/**
 * Online Archive: every night Atlas moves old activities from a replica set to cheaper storage. There they can be read, by a separate
 * connection string, but not changed, nor deleted individually: `docs/privacy.md` says what that means for deleted users. The
 * collection must exist, and the fields of an existing archive cannot change.
 *
 * Billed by the gigabyte kept, and by the gigabyte searched.
 *
 * @example
 * new AtlasArchive(this, "archive", { cluster, afterDays: 366, keepDays: 1_825 });
 */
export class AtlasArchive extends Construct {
  constructor(scope: Construct, id: string, props: AtlasArchiveProps) {
    super(scope, id);
    const { cluster, afterDays, keepDays } = props;
    const { collection, timeField, userField } = activities;
    new OnlineArchive(this, "archive", {
      projectId: cluster.projectId,
      clusterName: cluster.name,
      dbName: databaseName,
      collName: collection,
      criteria: { type: "DATE", dateField: timeField, dateFormat: "ISODATE", expireAfterDays: afterDays },
      dataExpirationRule: { expireAfterDays: keepDays },
      partitionFields: [
        { fieldName: timeField, order: 0 },
        { fieldName: userField, order: 1 },
      ],
      dataProcessRegion: { cloudProvider: "AWS", region: toAtlasRegion(EcobeatStack.of(this).region) },
      // After the nightly snapshot.
      schedule: { type: "DAILY", startHour: 2, startMinute: 30, endHour: 4, endMinute: 30 },
      lifecycle: { preventDestroy: true },
    });
  }
}
