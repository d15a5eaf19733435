import { ConfigurationError } from "../../service/config.ts";

/** The variables that name what a drill destroys and builds anew. */
const needed = ["MONGODB_URI", "REDIS_URL", "AWS_ENDPOINT_URL"] as const;

/** What tells where Atlas is, and as whom to work there. */
const atlasVariables = [
  "MONGODB_ATLAS_BASE_URL",
  "MONGODB_ATLAS_CLIENT_ID",
  "MONGODB_ATLAS_CLIENT_SECRET",
] as const;

/** Where a drill takes place. */
export interface DrillPlace extends Record<(typeof needed)[number], string> {
  /**
   * The variables of a stand-in for Atlas on this machine, whose cluster is the drill's database.
   * @default there is none, and backups are in the vault alone
   */
  readonly atlas?: Readonly<Record<string, string>>;
}

/**
 * The database server, Redis and the AWS emulator of a drill.
 * @throws {ConfigurationError} if one is not named, or is not on this machine: a drill destroys
 */
export function drillPlace(environment: NodeJS.ProcessEnv): DrillPlace {
  const place = {} as Record<(typeof needed)[number], string>;
  for (const name of needed) {
    const value = environment[name];
    if (!value) {
      throw new ConfigurationError(
        `${name} is not set. A drill needs a database server, Redis and an AWS emulator on this machine. ` +
          `Set ${needed.join(", ")}.`,
      );
    }
    if (!isLoopback(value)) {
      throw new ConfigurationError(
        `Refused to drill: ${name} does not name this machine. A drill destroys what it finds its disaster in. ` +
          `Point ${name} at a service on 127.0.0.1.`,
      );
    }
    place[name] = value;
  }
  return isLoopback(environment.MONGODB_ATLAS_BASE_URL ?? "")
    ? { ...place, atlas: Object.fromEntries(atlasVariables.map((name) => [name, environment[name] ?? ""])) }
    : place;
}

/** Every server of an address counts: a connection string may name several. */
function isLoopback(address: string): boolean {
  const hosts = /^(?:mongodb|rediss?|https?):\/\/(?:[^@/]*@)?([^/?]+)/.exec(address)?.[1]?.split(",") ?? [];
  return hosts.length > 0 && hosts.every((host) => /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(host));
}
