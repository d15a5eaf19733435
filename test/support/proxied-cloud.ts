import { parameters } from "../../service/contract.ts";
import { type FakeCloud, startFakeCloud } from "./fake-cloud.ts";
import { ssmResponse } from "./kms-server.ts";
import { setVariables } from "./variables.ts";

/** Services of the cloud that have a port of their own. */
export const proxiedServices = ["MongoDB", "Redis", "KMS", "SSM"] as const;
export type ProxiedService = (typeof proxiedServices)[number];

/** A fake cloud behind proxies, which its parameters and variables name. */
export interface ProxiedCloud<Proxy> {
  cloud: FakeCloud;
  proxies: Record<ProxiedService, Proxy>;
  stop(): Promise<void>;
}

const getPort = (url: string) => Number(/:(\d+)(\/|$)/.exec(url)![1]);

/** Starts the fake services, each behind a proxy to its port. */
export async function startProxiedCloud<Proxy extends { port: number; close(): void }>(
  startProxy: (port: number) => Promise<Proxy>,
): Promise<ProxiedCloud<Proxy>> {
  const cloud = await startFakeCloud();
  const { MONGODB_URI, REDIS_URL } = cloud.variables;
  const aws = getPort(process.env.AWS_ENDPOINT_URL_KMS!);
  const [MongoDB, Redis, KMS, SSM] = await Promise.all(
    [getPort(MONGODB_URI), getPort(REDIS_URL), aws, aws].map(startProxy),
  );
  const proxies = { MongoDB: MongoDB!, Redis: Redis!, KMS: KMS!, SSM: SSM! };
  const values = {
    [parameters.mongodbUri]: MONGODB_URI.replace(/:\d+\//, `:${proxies.MongoDB.port}/`),
    [parameters.redisUrl]: `redis://ecobeat@127.0.0.1:${proxies.Redis.port}`,
    [parameters.jwtSigningKeys]: JSON.stringify({ current: "arn:aws:kms:eu-west-1:123456789012:key/1" }),
    [parameters.refreshTokenPepper]: Buffer.alloc(32, 1).toString("base64"),
  };
  cloud.failures.SSM = (input) => ssmResponse("staging", input, values);
  const restore = setVariables({
    AWS_ENDPOINT_URL_KMS: `http://127.0.0.1:${proxies.KMS.port}`,
    AWS_ENDPOINT_URL_SSM: `http://127.0.0.1:${proxies.SSM.port}`,
  });
  return {
    cloud,
    proxies,
    async stop() {
      restore();
      for (const proxy of Object.values(proxies)) proxy.close();
      await cloud.stop();
    },
  };
}
