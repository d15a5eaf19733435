import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function/index.js";
import type { SecurityGroup } from "@cdktf/provider-aws/lib/security-group/index.js";
import type { Subnet } from "@cdktf/provider-aws/lib/subnet/index.js";
import { AssetType, TerraformAsset } from "cdktf";
import { Construct } from "constructs";
import type { EncryptionKey } from "./encryption-key.ts";
import { addFunctionRole } from "./function-role.ts";
import type { FunctionArchive } from "./service-function.ts";

export interface DatabaseMigrationProps {
  /** Name of the function and of its role. */
  readonly name: string;
  readonly region: string;
  readonly accountId: string;
  readonly archive: FunctionArchive;
  readonly architecture: "arm64" | "x64";
  /** Lambda's name of the Node.js version, such as `nodejs24.x`. */
  readonly runtime: string;
  readonly environmentVariables: Readonly<Record<string, string>>;
  readonly subnets: readonly Subnet[];
  readonly securityGroup: SecurityGroup;
  /** Full path of the parameter that says where the database is. */
  readonly addressParameter: string;
  readonly logRetentionDays: number;
  readonly logEncryptionKey: EncryptionKey;
}

/**
 * A function that creates the database's missing indexes, from the one place that reaches the database. Operators call it
 * before a release takes requests, so that it has no alias: it always runs what was deployed last. Nothing else calls it.
 * Billed when it is called.
 */
export class DatabaseMigration extends Construct {
  constructor(scope: Construct, id: string, props: DatabaseMigrationProps) {
    super(scope, id);
    const { name, region, accountId, architecture } = props;
    const { role, policy, log } = addFunctionRole(this, {
      name,
      region,
      accountId,
      permissions: [
        {
          sid: "ReadParameter",
          actions: ["ssm:GetParameters"],
          resources: [`arn:aws:ssm:${region}:${accountId}:parameter${props.addressParameter}`],
        },
      ],
      logRetentionDays: props.logRetentionDays,
      logEncryptionKey: props.logEncryptionKey,
    });
    const asset = new TerraformAsset(this, "archive", { path: props.archive.path, type: AssetType.FILE });
    new LambdaFunction(this, "function", {
      functionName: name,
      description: "Creates the database's missing indexes",
      role: role.arn,
      filename: asset.path,
      sourceCodeHash: props.archive.sha256,
      handler: "index.migrate",
      runtime: props.runtime,
      architectures: [architecture === "x64" ? "x86_64" : architecture],
      // The database does the work.
      memorySize: 256,
      // As long as Lambda lets a function run.
      timeout: 900,
      // One at a time: two would both create what is missing.
      reservedConcurrentExecutions: 1,
      environment: {
        // Every TLS client in the process then refuses to speak less than 1.3.
        variables: { ...props.environmentVariables, NODE_OPTIONS: "--tls-min-v1.3" },
      },
      vpcConfig: {
        subnetIds: props.subnets.map((subnet) => subnet.id),
        securityGroupIds: [props.securityGroup.id],
      },
      tracingConfig: { mode: "Active" },
      loggingConfig: { logFormat: "JSON", systemLogLevel: "INFO", logGroup: log.name },
      // Without its permissions Lambda cannot make the network interfaces, and the function fails to create.
      dependsOn: [policy],
    });
  }
}
