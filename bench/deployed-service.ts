import { randomBytes, randomUUID } from "node:crypto";
import { CreateKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from "@aws-sdk/client-kms";
import { CreateQueueCommand, DeleteQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { DeleteParametersCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { Db } from "mongodb";
import { createDatabaseUri } from "../scripts/drill/local-services.ts";
import { type DeployedEnvironment, parameterPath, parameters, variables } from "../service/contract.ts";
import { createIndexes } from "../service/platform/indexes.ts";
import { connectMongo } from "../service/platform/mongo.ts";
import { functionEnvironment } from "./function-environment.ts";

/** An environment for functions from the archive, on the real services that the variables name. */
export interface Deployment {
  readonly name: string;
  /** Environment variables of a function. */
  readonly environment: Record<string, string>;
  readonly database: Db;
  remove(): Promise<void>;
}

/**
 * Deploys a database, and the parameter with its address.
 * @param address where functions reach the server; @default as this process does
 */
export async function deployDatabase(address?: string) {
  const name = `bundle-${randomUUID().slice(0, 8)}`;
  const uri = createDatabaseUri(process.env.MONGODB_URI!, name);
  const database = await connectMongo(uri);
  const ssm = new SSMClient();
  const Names: string[] = [];
  const put = async (
    parameter: (typeof parameters)[keyof typeof parameters],
    Value: string,
    Type: "String" | "SecureString" = "String",
  ) => {
    // Any string serves as the name of an environment; the type restricts the stacks.
    const Name = parameterPath(name as DeployedEnvironment, parameter);
    Names.push(Name);
    await ssm.send(new PutParameterCommand({ Name, Value, Type }));
  };
  await put(parameters.mongodbUri, address ? uri.replace(/(?<=\/\/)[^/]+/, address) : uri);
  return {
    name,
    environment: functionEnvironment(name, process.env.AWS_ENDPOINT_URL!),
    database,
    put,
    async remove() {
      await database.dropDatabase();
      await database.client.close();
      await ssm.send(new DeleteParametersCommand({ Names }));
    },
  };
}

/**
 * Deploys all that the service needs.
 * @param addresses where functions reach the database and Redis; @default as this process does
 */
export async function deployService(addresses: { database?: string; redis?: string } = {}): Promise<Deployment> {
  const { put, remove, ...deployment } = await deployDatabase(addresses.database);
  await createIndexes(deployment.database);
  const [kms, sqs] = [new KMSClient(), new SQSClient()];
  const key = await kms.send(new CreateKeyCommand({ KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" }));
  const { KeyId, Arn } = key.KeyMetadata!;
  await put(parameters.redisUrl, addresses.redis ? `redis://${addresses.redis}` : process.env.REDIS_URL!);
  await put(parameters.jwtSigningKeys, JSON.stringify({ current: Arn }));
  await put(parameters.refreshTokenPepper, randomBytes(32).toString("base64"), "SecureString");
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `${deployment.name}-mails` }));
  return {
    ...deployment,
    environment: { ...deployment.environment, [variables.mailQueueUrl]: QueueUrl! },
    async remove() {
      await remove();
      await sqs.send(new DeleteQueueCommand({ QueueUrl }));
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    },
  };
}
