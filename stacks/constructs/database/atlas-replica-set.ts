import { AdvancedCluster } from "@cdktf/provider-mongodbatlas/lib/advanced-cluster/index.js";
import type { Project } from "@cdktf/provider-mongodbatlas/lib/project/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { AtlasBackupPolicy } from "./atlas-backup-policy.ts";
import { AtlasBackups } from "./atlas-backups.ts";
import type { AtlasEncryption } from "./atlas-encryption.ts";
import type { AtlasPrivateLink } from "./atlas-private-link.ts";
import { toAtlasRegion } from "./atlas-region.ts";

export interface AtlasReplicaSetProps {
  readonly project: Project;
  /** Atlas's name of the server size, M10 or larger. */
  readonly instanceSize: string;
  /** 3, 5 or 7. Each node can become the primary. */
  readonly nodes: number;
  /** The only way to the cluster. */
  readonly privateLink: AtlasPrivateLink;
  readonly encryption: AtlasEncryption;
  readonly backups: AtlasBackupPolicy;
}

/**
 * A MongoDB replica set in Atlas that fails over by itself: nodes in as many zones of one region as there are, disks that
 * grow when nine tenths are full. Encrypted with a key of ours. It speaks TLS 1.3 alone, runs no JavaScript, and keeps values of queries out of its log.
 *
 * ```ts
 * new AtlasReplicaSet(this, "replica-set", {
 *   project, instanceSize: "M10", nodes: 3, privateLink, encryption, backups,
 * });
 * ```
 *
 * Costs about $66 a month idle. Billed by node and hour, by the gigabyte of disk, and for its backups.
 */
export class AtlasReplicaSet extends Construct {
  readonly cluster: AdvancedCluster;
  /** `mongodb+srv://` and the cluster's name behind the private endpoint, without user, database or options. */
  readonly address: string;

  constructor(scope: Construct, id: string, props: AtlasReplicaSetProps) {
    super(scope, id);
    const { namePrefix: name, region, tags } = EcobeatStack.of(this);
    checkSize(name, props);
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
              // The highest: elections prefer this region, which is the only one.
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
      // Snapshots outlive the cluster.
      retainBackupsEnabled: true,
      redactClientLogData: true,
      encryptionAtRestProvider: "AWS",
      terminationProtectionEnabled: true,
      tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
      // The private address is known only of a cluster that was made, or read, after its endpoint.
      dependsOn: [props.privateLink.connection, props.encryption.setting],
      lifecycle: { preventDestroy: true },
    });
    new AtlasBackups(this, "backups", { cluster: this.cluster, policy: props.backups });
    this.address = this.cluster.connectionStrings.get(0).privateEndpoint.get(0).srvConnectionString;
  }
}

// https://www.mongodb.com/docs/atlas/reference/free-shared-limitations/ and
// https://www.mongodb.com/docs/atlas/cluster-config/multi-cloud-distribution/ (electable nodes)
// https://www.mongodb.com/docs/atlas/reference/amazon-aws/
const instanceSizes = ["10", "20", "30", "40", "50", "60", "80", "140", "200", "300"]
  .map((size) => `M${size}`)
  .concat(["40", "50", "60", "80", "200", "300", "400", "700"].map((size) => `R${size}`));

function checkSize(name: string, { instanceSize, nodes }: AtlasReplicaSetProps): void {
  if (!instanceSizes.includes(instanceSize)) {
    throw new Error(
      `The database "${name}" is to run on ${instanceSize}. Atlas has no such size on AWS with private endpoints and backups by ` +
        `schedule, which begin with M10. Choose one of ${instanceSizes.join(", ")}.`,
    );
  }
  if (![3, 5, 7].includes(nodes)) {
    throw new Error(
      `The database "${name}" is to have ${nodes} nodes. Atlas elects a primary among 3, 5 or 7. Choose one of them.`,
    );
  }
}
