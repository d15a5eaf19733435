import { randomBytes, randomUUID } from "node:crypto";
import { CreateKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from "@aws-sdk/client-kms";
import { DeleteParametersCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { functionEnvironment } from "../../bench/function-environment.ts";
import { type DeployedEnvironment, parameterPath, parameters } from "../../service/contract.ts";
import { createIndexes } from "../../service/platform/indexes.ts";
import { mongoDatabase } from "../support/databases.ts";

/** What the function finds around it: an environment of a test's own, on real services. */
export interface Deployment {
  /** The function's environment variables. */
  environment: Record<string, string>;
  remove(): Promise<void>;
}

/** The database, the cache and the AWS emulator that the environment names, put where the function looks for them. */
export async function deploy(): Promise<Deployment> {
  const name = `bundle-test-${randomUUID().slice(0, 8)}`;
  const { database, remove: removeDatabase } = await mongoDatabase();
  await createIndexes(database);
  const mongodbUri = new URL(process.env.MONGODB_URI!);
  mongodbUri.pathname = `/${database.databaseName}`;

  const kms = new KMSClient();
  const ssm = new SSMClient();
  const key = await kms.send(new CreateKeyCommand({ KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" }));
  const { KeyId, Arn } = key.KeyMetadata!;
  // Any string serves as the name of an environment; the type keeps the stacks to those that exist.
  const pathOf = (parameter: (typeof parameters)[keyof typeof parameters]) =>
    parameterPath(name as DeployedEnvironment, parameter);
  const values = {
    [pathOf(parameters.mongodbUri)]: mongodbUri.href,
    [pathOf(parameters.redisUrl)]: process.env.REDIS_URL!,
    [pathOf(parameters.jwtSigningKeys)]: JSON.stringify({ current: Arn }),
    [pathOf(parameters.refreshTokenPepper)]: randomBytes(32).toString("base64"),
  };
  const secure = pathOf(parameters.refreshTokenPepper);
  for (const [Name, Value] of Object.entries(values)) {
    await ssm.send(
      new PutParameterCommand({ Name, Value, Type: Name === secure ? "SecureString" : "String" }),
    );
  }

  return {
    environment: functionEnvironment(name, process.env.AWS_ENDPOINT_URL!),
    async remove() {
      await removeDatabase();
      await ssm.send(new DeleteParametersCommand({ Names: Object.keys(values) }));
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    },
  };
}
