import { once } from "node:events";
import { createServer, IncomingMessage, type Server, ServerResponse } from "node:http";
import { type AddressInfo, isIPv6, Server as NetServer, type Socket } from "node:net";
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

/** A connection of a client. */
interface Connection {
  /** Responses that the system has not taken yet. */
  responses: Set<ServerResponse>;
  /** What had been read when the last response ended: if more has been read since, a request has begun. */
  bytesRead: number;
}

const connections = new WeakMap<Server, Map<Socket, Connection>>();

/**
 * A server that does not listen yet. The classes of its requests and responses are its own.
 * @param requestTimeoutMilliseconds timeout of a whole request with its body: longer than any phone needs
 */
export function createHttpServer(requestTimeoutMilliseconds = 30_000): Server {
  const open = new Map<Socket, Connection>();
  const server = createServer({
    IncomingMessage: class extends IncomingMessage {},
    ServerResponse: class extends ServerResponse<IncomingMessage> {
      // Not in an event of the server, and with no function for each response: both would cost time.
      constructor(...parameters: ConstructorParameters<typeof ServerResponse<IncomingMessage>>) {
        super(...parameters);
        open.get(this.req.socket)?.responses.add(this);
        this.on("close", forgetResponse);
      }
    },
    requestTimeout: requestTimeoutMilliseconds,
    connectionsCheckingInterval: requestTimeoutMilliseconds / 10,
  });
  function forgetResponse(this: ServerResponse) {
    const { socket } = this.req;
    const connection = open.get(socket);
    if (!connection) return;
    connection.responses.delete(this);
    connection.bytesRead = socket.bytesRead;
  }
  connections.set(server, open);
  server.on("connection", (socket: Socket) => {
    open.set(socket, { responses: new Set(), bytesRead: 0 });
    socket.once("close", () => open.delete(socket));
  });
  return server;
}

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

/** How often a server that closes looks for connections that have become idle. */
const idleCheckMilliseconds = 50;

/**
 * Closes a server: it accepts no more connections, and ends those without a request, and the others after their response. At the
 * limit, it cuts those that are left: a client that has sent half a header, or takes no response, would keep the process alive.
 *
 * @param server of {@link createHttpServer}
 * @param limitMilliseconds how long it waits for requests in progress
 */
export async function close(server: Server, limitMilliseconds: number): Promise<void> {
  const closed = once(server, "close");
  for (const { responses } of connections.get(server)!.values()) responses.forEach(endConnection);
  server.prependListener("request", (_request, response) => endConnection(response));
  // Not the `close` of HTTP: it takes a connection for idle whose client has not received all of a response yet.
  NetServer.prototype.close.call(server);
  const idleCheck = setInterval(() => endIdle(server), idleCheckMilliseconds);
  const limit = setTimeout(() => server.closeAllConnections(), limitMilliseconds);
  await closed;
  clearInterval(idleCheck);
  clearTimeout(limit);
}

/** Ends a connection after a response, unless that has begun: it is then idle soon. */
function endConnection(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader("Connection", "close");
}

/** Ends the connections without a request, also those that a browser has opened in advance. */
function endIdle(server: Server): void {
  for (const [socket, { responses, bytesRead }] of connections.get(server)!) {
    if (responses.size === 0 && socket.bytesRead === bytesRead) socket.destroy();
  }
}

/** Why the system refuses to listen on an address, and what to do. */
export function describeListenError({ code, message }: NodeJS.ErrnoException, { host, port }: Address): string {
  if (code === "EADDRINUSE") {
    return (
      `Port ${port} is in use by another process. End that process, or use another port and data folder: ` +
      `PORT=3002 ECOBEAT_DATA_DIR=.data/second npm ${process.env.npm_lifecycle_event === "dev" ? "run dev" : "start"}`
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
