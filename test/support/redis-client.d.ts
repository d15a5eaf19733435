import type { RedisClientType } from "@redis/client";

declare module "../../service/platform/redis.ts" {
  /** Tests look at what the service has stored with commands that the archive does not contain. */
  interface Client extends Omit<RedisClientType, "multi"> {}
}
