import { Construct } from "constructs";
import { parameters } from "../../../service/contract.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { migrationFunction } from "../../names.ts";
import { type ArchiveFunctionProps, addArchiveFunction, allowParameters } from "../functions/archive-function.ts";

export interface DatabaseMigrationProps
  extends Pick<ArchiveFunctionProps, "archive" | "environmentVariables" | "network">,
    Partial<Pick<ArchiveFunctionProps, "description" | "archiveFromReleases" | "permissions">> {}

/**
 * A function that creates the database's missing indexes, and migrates its documents, from inside the VPC. By default, a release gives it its archive and invokes
 * it before traffic shifts. It therefore has no alias, and Terraform leaves its code alone after the creation. Billed by the
 * invocation.
 *
 * @example
 * new DatabaseMigration(this, "migration", { archive, environmentVariables: serviceVariables(environment), network });
 */
export class DatabaseMigration extends Construct {
  constructor(scope: Construct, id: string, props: DatabaseMigrationProps) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    addArchiveFunction(this, {
      description: "Creates missing indexes, and migrates documents",
      archiveFromReleases: true,
      permissions: [allowParameters(stack, "ReadParameter", [parameters.mongodbUri])],
      ...props,
      name: stack.resourceName(migrationFunction),
      handler: "index.migrate",
      // The database does the work.
      memoryMb: 256,
      // Lambda's maximum.
      timeoutSeconds: 900,
      // Two at a time would both create what is missing. Migrations of documents have a lease as well.
      reservedConcurrency: 1,
    });
  }
}
