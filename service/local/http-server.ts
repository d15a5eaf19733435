import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, isIPv6 } from "node:net";
import { ConfigurationError } from "../config.ts";
import { networkAddresses } from "./network-addresses.ts";

/** Where a server listens. */
export interface Address {
  /** @default all addresses of this machine */
  host?: string;
  port: number;
}

/** Endpoints of a server. */
export interface Endpoints {
  /** URL for this machine. */
  url: string;
  /** URLs for others on the network, the likeliest first; empty if it listens to this machine alone. */
  network: string[];
}

/**
 * Where to listen.
 * @param host what follows `--host` on the command line, before the setting: an address, or `true` for all
 */
export const toListenAddress = (settings: Required<Address>, host: string | true = settings.host): Address =>
  host === true ? { port: settings.port } : { host, port: settings.port };

/**
 * A server that does not listen yet.
 * @param requestTimeoutMilliseconds longest wait for a whole request, body and all: longer than any phone needs
 */
export const createHttpServer = (requestTimeoutMilliseconds = 30_000): Server =>
  createServer({
    requestTimeout: requestTimeoutMilliseconds,
    connectionsCheckingInterval: requestTimeoutMilliseconds / 10,
  });

/**
 * Listens.
 * @throws {ConfigurationError} if it cannot
 */
export async function listen(server: Server, address: Address): Promise<Endpoints> {
  server.listen(address);
  try {
    await once(server, "listening");
  } catch (error) {
    throw new ConfigurationError(describeListenError(error as NodeJS.ErrnoException, address), {
      cause: error,
    });
  }
  const { address: bound, port } = server.address() as AddressInfo;
  const url = (host: string) => `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  if (bound === "0.0.0.0" || bound === "::") {
    const addresses = networkAddresses(bound === "::" ? "both" : "IPv4");
    return { url: url("localhost"), network: addresses.map(url) };
  }
  const own = url(address.host ?? bound);
  return { url: own, network: isLoopback(bound) ? [] : [own] };
}

const isLoopback = (address: string) => address === "::1" || address.startsWith("127.");

/** Requests under way get their answer; resolves when nothing is left to wait for. */
export async function close(server: Server): Promise<void> {
  // A connection that has had its answer would otherwise be held for more requests.
  server.keepAliveTimeout = 1;
  server.close();
  await once(server, "close");
}

/** What is wrong with an address that the system refuses to listen on. */
export function describeListenError(
  { code, message }: NodeJS.ErrnoException,
  { host, port }: Address,
): string {
  if (code === "EADDRINUSE") {
    return (
      `Port ${port} is in use by another process. End it, or use another port, with a data folder of its own: ` +
      "PORT=3002 ECOBEAT_DATA_DIR=.data/second npm start"
    );
  }
  if (code === "EACCES") {
    return (
      `Port ${port} is closed to you: ${message}; ports below 1024 are often the administrator's. ` +
      "Set PORT to 1024 or more, or unset it."
    );
  }
  return (
    `The server cannot listen on ${host ?? "all addresses"}: ${message}. Name an address of this machine in HOST or ` +
    "after --host; --host alone is for all of them, and without either it listens to this machine."
  );
}
