import { Construct } from "constructs";
import { parameterPath, parameters } from "../../../service/contract.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { migrationFunction } from "../../names.ts";
import { type ArchiveFunctionProps, addArchiveFunction } from "../functions/archive-function.ts";

export type DatabaseMigrationProps = Omit<ArchiveFunctionProps, "name" | "permissions">;

/**
 * A function that creates the database's missing indexes, from the one place that reaches the database. Operators call it
 * before a release takes requests, so that it has no alias: it always runs what was deployed last. Nothing else calls it.
 * Billed when it is called.
 *
 * ```ts
 * new DatabaseMigration(this, "migration", {
 *   archive, environmentVariables: serviceVariables(environment), network,
 * });
 * ```
 */
export class DatabaseMigration extends Construct {
  constructor(scope: Construct, id: string, props: DatabaseMigrationProps) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    const { environment, region, accountId } = stack;
    const addressParameter = parameterPath(environment.name, parameters.mongodbUri);
    const permissions = [
      {
        sid: "ReadParameter",
        actions: ["ssm:GetParameters"],
        resources: [`arn:aws:ssm:${region}:${accountId}:parameter${addressParameter}`],
      },
    ];
    addArchiveFunction(
      this,
      { ...props, name: stack.resourceName(migrationFunction), permissions },
      {
        description: "Creates the database's missing indexes",
        handler: "index.migrate",
        // The database does the work.
        memoryMb: 256,
        // As long as Lambda lets a function run.
        timeoutSeconds: 900,
        // One at a time: two would both create what is missing.
        reservedConcurrency: 1,
        publish: false,
      },
    );
  }
}
