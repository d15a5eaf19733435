import { DataMongodbatlasAdvancedCluster } from "@cdktf/provider-mongodbatlas/lib/data-mongodbatlas-advanced-cluster/index.js";
import { DataMongodbatlasProject } from "@cdktf/provider-mongodbatlas/lib/data-mongodbatlas-project/index.js";
import type { Construct } from "constructs";
import { AtlasArchive } from "./constructs/database/atlas-archive.ts";
import { addAtlasProvider } from "./constructs/database/atlas-provider.ts";
import { EcobeatStack } from "./ecobeat-stack.ts";
import type { EnvironmentOnlineArchive } from "./environment-database.ts";
import type { Environment } from "./environments.ts";

export interface ArchiveStackProps {
  readonly onlineArchive: EnvironmentOnlineArchive;
}

/**
 * The online archive of an environment's activities. Atlas accepts it only for a collection that exists, so it is deployed
 * after the service has created its collections. It finds project and cluster in Atlas by their names: no deployment of
 * `database` waits for it.
 */
export class ArchiveStack extends EcobeatStack {
  constructor(scope: Construct, environment: Environment, { onlineArchive }: ArchiveStackProps) {
    super(scope, "archive", environment);
    addAtlasProvider(this);
    const { namePrefix: name } = this;
    const project = new DataMongodbatlasProject(this, "project", { name });
    const cluster = new DataMongodbatlasAdvancedCluster(this, "cluster", { projectId: project.id, name });
    new AtlasArchive(this, "archive", { cluster, ...onlineArchive });
  }
}
