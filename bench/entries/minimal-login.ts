import { createHash, createHmac, createPublicKey, randomBytes, randomUUID } from "node:crypto";
import { GetPublicKeyCommand, KMSClient, SignCommand } from "@aws-sdk/client-kms";
import { GetParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import { createClient } from "@redis/client";
import { verify } from "argon2";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import { MongoClient } from "mongodb";

/**
 * A login by hand: the clients that the service uses, and its calls, in one function without a framework. It neither validates nor
 * handles errors, and nothing else is served.
 */
const { ECOBEAT_ENVIRONMENT, API_URL } = process.env;
const kms = new KMSClient();

async function connect() {
  const names = ["mongodb-uri", "redis-url", "jwt-signing-keys", "refresh-token-pepper"];
  const Names = names.map((name) => `/ecobeat/${ECOBEAT_ENVIRONMENT}/${name}`);
  const { Parameters } = await new SSMClient().send(new GetParametersCommand({ Names, WithDecryption: true }));
  const [uri, url, keys, pepper] = Names.map((path) => Parameters!.find(({ Name }) => Name === path)!.Value!);
  const KeyId: string = JSON.parse(keys!).current;
  const [mongo, redis, { PublicKey }] = await Promise.all([
    new MongoClient(uri!).connect(),
    createClient({ url: url! }).connect(),
    kms.send(new GetPublicKeyCommand({ KeyId })),
  ]);
  const { e, kty, n } = createPublicKey({ key: Buffer.from(PublicKey!), format: "der", type: "spki" }).export({
    format: "jwk",
  });
  const kid = createHash("sha256").update(JSON.stringify({ e, kty, n })).digest("base64url");
  return { users: mongo.db().collection("users"), redis, KeyId, kid, pepper: Buffer.from(pepper!, "base64") };
}

const connected = connect();

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");

export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const { email, password } = JSON.parse(event.body!);
  const { users, redis, KeyId, kid, pepper } = await connected;
  const hash = (...values: string[]) => createHmac("sha256", pepper).update(values.join("\n")).digest("base64url");
  const count = (key: string) => redis.multi().incr(key).pExpire(key, 900_000, "NX").exec();
  const ip = event.requestContext.identity.sourceIp;
  const [byAddress, byAccount] = [`minimal:${hash("address", ip)}`, `minimal:${hash("account", ip, email)}`];
  await count(byAddress);
  await count(byAccount);
  const user = await users.findOne({ emailCanonical: email });
  if (!user || !(await verify(user.passwordHash, password))) return { statusCode: 401, body: "" };
  await count(`minimal:${hash("user", String(user._id))}`);
  const [sid, iat] = [randomUUID(), Math.floor(Date.now() / 1000)];
  const claims = { iss: API_URL, aud: API_URL, sub: user._id, sid, iat, exp: iat + 900, jti: randomUUID() };
  const signed = `${encode({ alg: "RS256", typ: "at+jwt", kid })}.${encode(claims)}`;
  const { Signature } = await kms.send(
    new SignCommand({
      KeyId,
      Message: Buffer.from(signed),
      MessageType: "RAW",
      SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256",
    }),
  );
  const refreshToken = randomBytes(64).toString("base64url");
  const session = `minimal:{${user._id}}:session:${sid}`;
  await redis
    .multi()
    .hSet(session, { current: hash(refreshToken), createdAt: iat })
    .pExpire(session, 900_000)
    .exec();
  await Promise.all([redis.decr(byAddress), redis.decr(byAccount)]);
  const body = {
    access_token: `${signed}.${Buffer.from(Signature!).toString("base64url")}`,
    refresh_token: refreshToken,
    token_type: "Bearer",
    expires_in: 900,
  };
  return { statusCode: 200, body: JSON.stringify(body) };
}
