import type { AdvancedCluster } from "@cdktf/provider-mongodbatlas/lib/advanced-cluster/index.js";
import { OnlineArchive } from "@cdktf/provider-mongodbatlas/lib/online-archive/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { toAtlasRegion } from "./atlas-region.ts";

export interface AtlasArchiveProps {
  readonly cluster: AdvancedCluster;
  readonly databaseName: string;
  readonly collection: string;
  /** Field with the time by which documents grow old; a date, and indexed. */
  readonly timeField: string;
  /** Field by which the archive is searched, besides the time. */
  readonly searchField: string;
  /** Whole days after which a document is moved; more than {@link recordableDays}. */
  readonly afterDays: number;
  /** How old a document may be when it is stored: what may be archived already would else be stored twice. */
  readonly recordableDays: number;
  /** Whole days after which a document is deleted from the archive, counted like the others. */
  readonly keepDays: number;
}

/**
 * Moves old documents of one collection out of a replica set into cheaper storage of Atlas's, every night. They can be read
 * there, by an address of its own, and no longer be changed, nor deleted one by one. The collection must exist, and the fields
 * cannot be changed once the archive is there.
 *
 * ```ts
 * new AtlasArchive(this, "archive", {
 *   cluster, databaseName, collection, timeField, searchField, afterDays: 366, recordableDays: 365, keepDays: 1_825,
 * });
 * ```
 *
 * Billed by the gigabyte kept, and by the gigabyte searched.
 */
export class AtlasArchive extends Construct {
  constructor(scope: Construct, id: string, props: AtlasArchiveProps) {
    super(scope, id);
    const { cluster, collection, timeField, afterDays, recordableDays, keepDays } = props;
    if (!Number.isInteger(afterDays) || afterDays < 1) {
      throw new Error(
        `Documents of "${collection}" are to be archived after ${afterDays} days. Atlas counts whole days, at least ` +
          `one. Choose a whole number of days.`,
      );
    }
    if (afterDays <= recordableDays) {
      throw new Error(
        `Documents of "${collection}" are to be archived after ${afterDays} days. They may be ${recordableDays} days old when they ` +
          "are stored, and one that is archived could be stored again. Archive later.",
      );
    }
    if (!Number.isInteger(keepDays) || keepDays < afterDays + 7) {
      throw new Error(
        `Documents of "${collection}" are to be archived after ${afterDays} days and deleted after ${keepDays}. Atlas keeps what it ` +
          "archives for whole days, at least seven. Choose a number that is larger by seven or more.",
      );
    }
    new OnlineArchive(this, "archive", {
      projectId: cluster.projectId,
      clusterName: cluster.name,
      dbName: props.databaseName,
      collName: collection,
      criteria: { type: "DATE", dateField: timeField, dateFormat: "ISODATE", expireAfterDays: afterDays },
      dataExpirationRule: { expireAfterDays: keepDays },
      partitionFields: [
        { fieldName: timeField, order: 0 },
        { fieldName: props.searchField, order: 1 },
      ],
      dataProcessRegion: { cloudProvider: "AWS", region: toAtlasRegion(EcobeatStack.of(this).region) },
      // After the snapshot of the night.
      schedule: { type: "DAILY", startHour: 2, startMinute: 30, endHour: 4, endMinute: 30 },
      lifecycle: { preventDestroy: true },
    });
  }
}
