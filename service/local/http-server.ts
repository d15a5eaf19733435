import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, isIPv6 } from "node:net";
import { ConfigurationError } from "../config.ts";
import { networkAddresses } from "./network-addresses.ts";

/** The address that a server listens on. */
export interface Address {
  /** @default all addresses of this machine */
  host?: string;
  port: number;
}

/** Endpoints of a server. */
export interface Endpoints {
  /** URL for this machine. */
  url: string;
  /** URLs for other devices on the network, the most likely first; empty if the server listens only for this machine. */
  network: string[];
}

/**
 * The address to listen on.
 * @param host the option `--host`, which overrides the setting: an address, or `true` for all
 */
export const toListenAddress = (settings: Required<Address>, host: string | true = settings.host): Address =>
  host === true ? { port: settings.port } : { host, port: settings.port };

/**
 * A server that does not listen yet.
 * @param requestTimeoutMilliseconds timeout of a whole request with its body: longer than any phone needs
 */
export const createHttpServer = (requestTimeoutMilliseconds = 30_000): Server =>
  createServer({
    requestTimeout: requestTimeoutMilliseconds,
    connectionsCheckingInterval: requestTimeoutMilliseconds / 10,
  });

/** @throws {ConfigurationError} if the server cannot listen on the address */
export async function listen(server: Server, address: Address): Promise<Endpoints> {
  server.listen(address);
  try {
    await once(server, "listening");
  } catch (error) {
    throw new ConfigurationError(describeListenError(error as NodeJS.ErrnoException, address), { cause: error });
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

/** Closes a server after the responses to all requests in progress. */
export async function close(server: Server): Promise<void> {
  // Otherwise, idle connections would stay open for further requests.
  server.keepAliveTimeout = 1;
  server.close();
  await once(server, "close");
}

/** Why the system refuses to listen on an address, and what to do. */
export function describeListenError({ code, message }: NodeJS.ErrnoException, { host, port }: Address): string {
  if (code === "EADDRINUSE") {
    return (
      `Port ${port} is in use by another process. End that process, or use another port and data folder: ` +
      "PORT=3002 ECOBEAT_DATA_DIR=.data/second npm start"
    );
  }
  if (code === "EACCES") {
    return (
      `You have no permission to use port ${port}: ${message}. Ports below 1024 often require administrator rights. ` +
      "Set PORT to 1024 or more, or unset it."
    );
  }
  return (
    `The server cannot listen on ${host ?? "all addresses"}: ${message}. Set HOST or --host to an address of this machine, ` +
    "use --host alone for all its addresses, or unset both to listen only for this machine."
  );
}
