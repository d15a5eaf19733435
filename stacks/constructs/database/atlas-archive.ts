import type { AdvancedCluster } from "@cdktf/provider-mongodbatlas/lib/advanced-cluster/index.js";
import { OnlineArchive } from "@cdktf/provider-mongodbatlas/lib/online-archive/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { ConstructError } from "../../errors.ts";
import { toAtlasRegion } from "./atlas-region.ts";

export interface AtlasArchiveProps {
  readonly cluster: AdvancedCluster;
  readonly databaseName: string;
  readonly collection: string;
  /** Date field that determines a document's age; indexed. */
  readonly timeField: string;
  /** Field for queries of the archive, in addition to the time. */
  readonly searchField: string;
  /** Whole days after which Atlas archives a document; more than {@link recordableDays}. */
  readonly afterDays: number;
  /** Maximum age of a new document: one that is archived already could otherwise be stored again. */
  readonly recordableDays: number;
  /** Whole days, also from the document's time, after which Atlas deletes it from the archive. */
  readonly keepDays: number;
}

/**
 * Online Archive: every night Atlas moves old documents of one collection from a replica set to cheaper storage. There they
 * can be read, by a separate connection string, but not changed, nor deleted individually. The collection must exist, and the
 * fields of an existing archive cannot change.
 *
 * Billed by the gigabyte kept, and by the gigabyte searched.
 *
 * @example
 * new AtlasArchive(this, "archive", {
 *   cluster, databaseName, collection, timeField, searchField, afterDays: 366, recordableDays: 365, keepDays: 1_825,
 * });
 */
export class AtlasArchive extends Construct {
  constructor(scope: Construct, id: string, props: AtlasArchiveProps) {
    super(scope, id);
    const { cluster, collection, timeField, afterDays, recordableDays, keepDays } = props;
    if (!Number.isInteger(afterDays) || afterDays < 1) {
      throw new ConstructError("archive-days-invalid", {
        what: `Documents of "${collection}" are archived after ${afterDays} days.`,
        why: "Atlas counts whole days, at least one.",
        action: "Choose a whole number of days.",
      });
    }
    if (afterDays <= recordableDays) {
      throw new ConstructError("archive-too-early", {
        what: `Documents of "${collection}" are archived after ${afterDays} days.`,
        why: `New documents may be ${recordableDays} days old, so that an archived one could be stored again.`,
        action: `Archive after more than ${recordableDays} days.`,
      });
    }
    if (!Number.isInteger(keepDays) || keepDays < afterDays + 7) {
      throw new ConstructError("archive-retention-too-short", {
        what: `Documents of "${collection}" are archived after ${afterDays} days and deleted after ${keepDays}.`,
        why: "Atlas keeps archived documents for at least seven whole days.",
        action: `Delete after at least ${afterDays + 7} days.`,
      });
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
      // After the nightly snapshot.
      schedule: { type: "DAILY", startHour: 2, startMinute: 30, endHour: 4, endMinute: 30 },
      lifecycle: { preventDestroy: true },
    });
  }
}
