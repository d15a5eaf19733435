import { AdvancedCluster } from "@cdktf/provider-mongodbatlas/lib/advanced-cluster/index.js";
import type { Project } from "@cdktf/provider-mongodbatlas/lib/project/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { EnvironmentReplicaSet } from "../../environment-database.ts";
import type { BackupBucket } from "../backup/backup-bucket.ts";
import { AtlasBackups } from "./atlas-backups.ts";
import type { AtlasEncryption } from "./atlas-encryption.ts";
import type { AtlasPrivateLink } from "./atlas-private-link.ts";
import { toAtlasRegion } from "./atlas-region.ts";
import { AtlasSnapshotExport } from "./atlas-snapshot-export.ts";

export interface AtlasReplicaSetProps extends Pick<EnvironmentReplicaSet, "instanceSize" | "nodes" | "backups"> {
  readonly project: Project;
  /** The only network path to the cluster. */
  readonly privateLink: AtlasPrivateLink;
  readonly encryption: AtlasEncryption;
  /** Bucket for exported snapshots. @default Atlas exports none */
  readonly exportBucket?: BackupBucket | undefined;
}

/**
 * A MongoDB replica set in Atlas with automatic failover: its nodes are in different zones of one region, and its disks grow at
 * 90 %. Encrypted with our key. It requires TLS 1.3, runs no JavaScript, and redacts query values in its log.
 *
 * Costs about $66 a month idle. Billed by node and hour, by the gigabyte of disk, and for its backups.
 *
 * @example
 * new AtlasReplicaSet(this, "replica-set", { project, instanceSize: "M10", nodes: 3, privateLink, encryption, backups });
 */
export class AtlasReplicaSet extends Construct {
  readonly cluster: AdvancedCluster;
  /** `mongodb+srv://` and the host name of the private endpoint, without user, database or options. */
  readonly srvAddress: string;

  constructor(scope: Construct, id: string, props: AtlasReplicaSetProps) {
    super(scope, id);
    const { namePrefix: name, region, tags } = EcobeatStack.of(this);
    this.cluster = new AdvancedCluster(this, "cluster", {
      projectId: props.project.id,
      name,
      clusterType: "REPLICASET",
      mongoDbMajorVersion: "8.0",
      replicationSpecs: [
        {
          regionConfigs: [
            {
              providerName: "AWS",
              regionName: toAtlasRegion(region),
              // The highest priority, required for the only region.
              priority: 7,
              electableSpecs: { instanceSize: props.instanceSize, nodeCount: props.nodes },
              autoScaling: { diskGbEnabled: true, computeEnabled: false },
            },
          ],
        },
      ],
      advancedConfiguration: { minimumEnabledTlsProtocol: "TLS1_3", javascriptEnabled: false },
      backupEnabled: true,
      pitEnabled: true,
      retainBackupsEnabled: true,
      redactClientLogData: true,
      encryptionAtRestProvider: "AWS",
      terminationProtectionEnabled: true,
      tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
      // Atlas reports the private address only for a cluster that Terraform creates or reads after the endpoint.
      dependsOn: [props.privateLink.connection, props.encryption.setting],
      lifecycle: { preventDestroy: true },
    });
    const { exportBucket: bucket } = props;
    const target = bucket && new AtlasSnapshotExport(this, "snapshot-export", { cluster: this.cluster, bucket });
    new AtlasBackups(this, "backups", {
      cluster: this.cluster,
      policy: props.backups,
      exportBucketId: target?.bucketId,
    });
    this.srvAddress = this.cluster.connectionStrings.get(0).privateEndpoint.get(0).srvConnectionString;
  }
}
