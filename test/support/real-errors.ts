import { GetPublicKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { type Collection, MongoClient } from "mongodb";
import { RedisConnection } from "../../service/platform/redis.ts";
import { type Reply, WireDatabase } from "./wire-database.ts";

/** What the libraries' errors below name. Nothing listens there. */
export const closedAddress = "127.0.0.1:1";

async function getError(work: () => Promise<unknown>): Promise<Error> {
  const outcome = await work().then(
    () => undefined,
    (error: Error) => error,
  );
  if (outcome) return outcome;
  throw new Error("nothing failed");
}

/** What the service gets from its libraries when a server is gone. Each error comes from the library itself. */
export const unreachable = {
  redis: () => getError(() => new RedisConnection(`redis://${closedAddress}`).run((client) => client.ping())),
  mongodb: () =>
    getError(async () => {
      await using client = new MongoClient(`mongodb://${closedAddress}`, { serverSelectionTimeoutMS: 20 });
      await client.db("ecobeat").collection("users").findOne({});
    }),
  kms: () =>
    getError(() => {
      const credentials = { accessKeyId: "test", secretAccessKey: "test" };
      const endpoint = `http://${closedAddress}`;
      const kms = new KMSClient({ endpoint, region: "eu-west-1", credentials, maxAttempts: 1 });
      return kms.send(new GetPublicKeyCommand({ KeyId: "key" }));
    }),
};

/**
 * The error that the driver of MongoDB makes of a reply to an operation.
 * @param reply of the server; @default the connection ends
 */
export async function failedOperation(
  run: (collection: Collection) => Promise<unknown>,
  reply: Reply = "drop",
): Promise<Error> {
  const server = new WireDatabase();
  await server.start();
  server.intercept = (name) => (/^(find|insert|update|findAndModify|delete)$/.test(name) ? reply : undefined);
  const error = await getError(() => run(server.open("ecobeat", { retryReads: false }).collection("users")));
  await server.stop();
  return error;
}
