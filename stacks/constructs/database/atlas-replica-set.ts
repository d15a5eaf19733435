import { AdvancedCluster } from "@cdktf/provider-mongodbatlas/lib/advanced-cluster/index.js";
import type { Project } from "@cdktf/provider-mongodbatlas/lib/project/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import type { AtlasBackupPolicy } from "../../environments.ts";
import { ConstructError } from "../../errors.ts";
import { AtlasBackups } from "./atlas-backups.ts";
import type { AtlasEncryption } from "./atlas-encryption.ts";
import type { AtlasPrivateLink } from "./atlas-private-link.ts";
import { toAtlasRegion } from "./atlas-region.ts";

export interface AtlasReplicaSetProps {
  readonly project: Project;
  /** Atlas's name of the cluster tier, M10 or larger. */
  readonly instanceSize: string;
  /** 3, 5 or 7 electable nodes. */
  readonly nodes: number;
  /** The only network path to the cluster. */
  readonly privateLink: AtlasPrivateLink;
  readonly encryption: AtlasEncryption;
  readonly backups: AtlasBackupPolicy;
}

/**
 * A MongoDB replica set in Atlas with automatic failover: its nodes are in different zones of one region, and its disks grow at
 * 90 %. Encrypted with our key. It requires TLS 1.3, runs no JavaScript, and redacts query values in its log.
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
  /** `mongodb+srv://` and the host name of the private endpoint, without user, database or options. */
  readonly srvAddress: string;

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
    new AtlasBackups(this, "backups", { cluster: this.cluster, policy: props.backups });
    this.srvAddress = this.cluster.connectionStrings.get(0).privateEndpoint.get(0).srvConnectionString;
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
    throw new ConstructError("atlas-instance-size-unknown", {
      what: `The database "${name}" has the instance size ${instanceSize}.`,
      why: "Atlas has no such size with private endpoints and scheduled backups on AWS; these begin with M10.",
      action: `Choose one of ${instanceSizes.join(", ")}.`,
    });
  }
  if (![3, 5, 7].includes(nodes)) {
    throw new ConstructError("atlas-node-count-invalid", {
      what: `The database "${name}" has ${nodes} nodes.`,
      why: "Atlas elects a primary among 3, 5 or 7 nodes.",
      action: "Choose one of these numbers.",
    });
  }
}
