import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { ConfigurationError } from "../config.ts";

const defaultPort = 3001;

/** Where a server listens. */
export interface Address {
  host: string;
  port: number;
}

/**
 * The address that `HOST` and `PORT` name.
 * @throws {ConfigurationError} if `PORT` is no port
 */
export function addressFrom({ HOST, PORT }: NodeJS.ProcessEnv): Address {
  const port = Number(PORT || defaultPort);
  if (PORT && !(/^\d+$/.test(PORT) && port < 65_536)) {
    throw new ConfigurationError(
      `PORT is "${PORT}", which is no port. Set it to a number from 0 to 65535, or unset it.`,
    );
  }
  return { host: HOST || "localhost", port };
}

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
 * @returns the URLs under which the server is reached, that for this machine first
 * @throws {ConfigurationError} if it cannot
 */
export async function listen(server: Server, address: Address): Promise<[string, ...string[]]> {
  server.listen(address);
  try {
    await once(server, "listening");
  } catch (error) {
    throw new ConfigurationError(whyNot(error as NodeJS.ErrnoException, address), { cause: error });
  }
  const { port } = server.address() as AddressInfo;
  const url = (host: string) => `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  if (address.host !== "0.0.0.0" && address.host !== "::") return [url(address.host)];
  return [url("localhost"), ...networkAddresses().map(url)];
}

/** Requests under way get their answer; resolves when nothing is left to wait for. */
export async function close(server: Server): Promise<void> {
  // A connection that has had its answer would otherwise be held for more requests.
  server.keepAliveTimeout = 1;
  server.close();
  await once(server, "close");
}

/** What is wrong with an address that the system refuses to listen on. */
export function whyNot({ code, message }: NodeJS.ErrnoException, { host, port }: Address): string {
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
    `The server cannot listen on ${host}: ${message}. Set HOST to an address of this machine or to 0.0.0.0 ` +
    "for all of them, or unset it."
  );
}

const networkAddresses = () =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address);
