import { FlexCluster } from "@cdktf/provider-mongodbatlas/lib/flex-cluster/index.js";
import type { Project } from "@cdktf/provider-mongodbatlas/lib/project/index.js";
import { ProjectIpAccessList } from "@cdktf/provider-mongodbatlas/lib/project-ip-access-list/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { toAtlasRegion } from "./atlas-region.ts";

export interface AtlasFlexClusterProps {
  readonly project: Project;
  /** The only IPv4 address on the access list. */
  readonly clientAddress: string;
}

/**
 * A shared MongoDB cluster in Atlas, for environments with little traffic. It accepts TLS connections over the internet from one
 * address. Atlas determines the TLS versions, the encryption at rest and the backups.
 *
 * Costs about $8 a month idle. Billed by the hour, by operations per second, with a monthly maximum.
 *
 * @example new AtlasFlexCluster(this, "flex-cluster", { project, clientAddress: natAddress });
 */
export class AtlasFlexCluster extends Construct {
  readonly cluster: FlexCluster;
  /** `mongodb+srv://` and the host name, without user, database or options. */
  readonly srvAddress: string;

  constructor(scope: Construct, id: string, props: AtlasFlexClusterProps) {
    super(scope, id);
    const { namePrefix: name, region, tags } = EcobeatStack.of(this);
    const projectId = props.project.id;
    this.cluster = new FlexCluster(this, "cluster", {
      projectId,
      name,
      providerSettings: { backingProviderName: "AWS", regionName: toAtlasRegion(region) },
      terminationProtectionEnabled: true,
      tags,
      lifecycle: { preventDestroy: true },
    });
    new ProjectIpAccessList(this, "client", {
      projectId,
      ipAddress: props.clientAddress,
      comment: "NAT gateway of the functions",
    });
    this.srvAddress = this.cluster.connectionStrings.standardSrv;
  }
}
