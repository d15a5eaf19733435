export { type Client, type ClientOptions, createClient } from "./client.ts";
export type { components, paths } from "./openapi.ts";
export type { TokenStore, Tokens } from "./token-store.ts";
