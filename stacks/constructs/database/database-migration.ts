import { Construct } from "constructs";
import { type ArchiveFunctionProps, addArchiveFunction } from "../functions/archive-function.ts";

export interface DatabaseMigrationProps extends Omit<ArchiveFunctionProps, "permissions"> {
  /** Full path of the parameter that says where the database is. */
  readonly addressParameter: string;
}

/**
 * A function that creates the database's missing indexes, from the one place that reaches the database. Operators call it
 * before a release takes requests, so that it has no alias: it always runs what was deployed last. Nothing else calls it.
 * Billed when it is called.
 */
export class DatabaseMigration extends Construct {
  constructor(scope: Construct, id: string, props: DatabaseMigrationProps) {
    super(scope, id);
    const { region, accountId } = props;
    const permissions = [
      {
        sid: "ReadParameter",
        actions: ["ssm:GetParameters"],
        resources: [`arn:aws:ssm:${region}:${accountId}:parameter${props.addressParameter}`],
      },
    ];
    addArchiveFunction(
      this,
      { ...props, permissions },
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
