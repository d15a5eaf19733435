import { randomBytes, randomUUID } from "node:crypto";
import { CreateKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from "@aws-sdk/client-kms";
import { DeleteParametersCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { Db } from "mongodb";
import { functionEnvironment } from "../../bench/function-environment.ts";
import { type DeployedEnvironment, parameterPath, parameters } from "../../service/contract.ts";
import { createIndexes } from "../../service/platform/indexes.ts";
import { mongoDatabase } from "../support/databases.ts";

/** An environment for a test, on the real services that the variables name. */
export interface Deployment {
  readonly name: string;
  /** Environment variables of a function. */
  readonly environment: Record<string, string>;
  readonly database: Db;
  remove(): Promise<void>;
}

/** Deploys a database, and the parameter with its address. */
export async function deployDatabase() {
  const name = `bundle-test-${randomUUID().slice(0, 8)}`;
  const { database, remove } = await mongoDatabase();
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
  const uri = new URL(process.env.MONGODB_URI!);
  uri.pathname = `/${database.databaseName}`;
  await put(parameters.mongodbUri, uri.href);
  return {
    name,
    environment: functionEnvironment(name, process.env.AWS_ENDPOINT_URL!),
    database,
    put,
    async remove() {
      await remove();
      await ssm.send(new DeleteParametersCommand({ Names }));
    },
  };
}

/** Deploys all that the service needs. */
export async function deployService(): Promise<Deployment> {
  const { put, remove, ...deployment } = await deployDatabase();
  await createIndexes(deployment.database);
  const kms = new KMSClient();
  const key = await kms.send(new CreateKeyCommand({ KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" }));
  const { KeyId, Arn } = key.KeyMetadata!;
  await put(parameters.redisUrl, process.env.REDIS_URL!);
  await put(parameters.jwtSigningKeys, JSON.stringify({ current: Arn }));
  await put(parameters.refreshTokenPepper, randomBytes(32).toString("base64"), "SecureString");
  return {
    ...deployment,
    async remove() {
      await remove();
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    },
  };
}

/** A suite on real services. It is skipped if one of the variables that name them is not set. */
export function describeDeployed(
  variables: readonly string[],
  deploy: () => Promise<Deployment>,
  body: (getDeployment: () => Deployment) => void,
): void {
  const missing = variables.filter((variable) => !process.env[variable]);
  const isSkipped = missing.length > 0;
  const title = `with real services${isSkipped ? ` (skipped: ${missing} not set)` : ""}`;
  (isSkipped ? describe.skip : describe)(title, () => {
    let deployment: Deployment;
    before(async () => {
      deployment = await deploy();
    });
    after(() => deployment?.remove());
    body(() => deployment);
  });
}
