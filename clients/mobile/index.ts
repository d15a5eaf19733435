export { ActivityQueue, type ActivityQueueOptions, type QueueStorage } from "./activity-queue.ts";
export { type Client, type ClientOptions, createClient } from "./client.ts";
export { type LinkAction, type MailLink, parseLink } from "./links.ts";
export type { components, paths } from "./openapi.ts";
export type { Time } from "./time.ts";
export { type TokenStore, TokenStoreError, type Tokens } from "./token-store.ts";
