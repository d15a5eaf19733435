import { connect, createServer, type Server, type Socket } from "node:net";
import { joinSockets } from "../../support/joined-sockets.ts";
import { listen } from "../../support/listen.ts";
import type { FaultSwitch } from "./fault-switch.ts";
import type { Fault } from "./names.ts";
import type { Protocol, WireRequest } from "./protocols.ts";

/** A slow answer: half a second, divided by fifty. Shorter than each of the service's timeouts but that of the cache. */
export const slowMilliseconds = 10;

/** A server whose answers a switch spoils. */
export interface FaultyServer {
  port: number;
  /** Closes all connections. */
  drop(): void;
  close(): void;
}

/** Forwards a free port of this machine to `host:port`, save for what the switch says. */
export async function startProxy(
  { host, port }: { host: string; port: number },
  protocol: Protocol,
  faults: FaultSwitch,
): Promise<FaultyServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port, host, noDelay: true });
    joinSockets(client, upstream, sockets);
    new Connection(client, upstream, protocol, faults, refuse);
  });
  const refuse = () => refuseConnections(server, sockets, faults);
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: await listen(server),
    drop,
    close() {
      server.close();
      drop();
    },
  };
}

/** Closes a server and its connections until the fault ends. */
export function refuseConnections(server: Server, sockets: Iterable<Socket>, faults: FaultSwitch): void {
  if (!server.listening) return;
  const { port } = server.address() as { port: number };
  server.close();
  for (const socket of sockets) socket.destroy();
  faults.onEnd(async () => {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => {
        server.off("error", reject);
        resolve();
      });
    });
  });
}

/** One connection through the proxy. */
class Connection {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #protocol: Protocol;
  readonly #faults: FaultSwitch;
  readonly #refuse: () => void;
  /** The request that waits for a response, and the fault of that response. */
  #waiting: { request: WireRequest; fault: Fault | undefined } | undefined;
  /** Whether nothing comes through any more, also when the fault has ended: a network forgets a connection. */
  #isDead = false;
  /** When everything so far has been delivered: TCP keeps the order. */
  #delivered: Promise<unknown> | undefined;

  constructor(client: Socket, upstream: Socket, protocol: Protocol, faults: FaultSwitch, refuse: () => void) {
    [this.#client, this.#upstream, this.#protocol, this.#faults] = [client, upstream, protocol, faults];
    this.#refuse = refuse;
    const [readRequests, readResponses] = [protocol.requests(), protocol.responses()];
    client.on("data", (chunk: Buffer) => {
      for (const request of readRequests(chunk)) this.#pass(request);
    });
    upstream.on("data", (chunk: Buffer) => {
      for (const response of readResponses(chunk)) this.#return(response);
    });
  }

  #pass(request: WireRequest): void {
    if (request.isFarewell) return void this.#upstream.write(request.bytes);
    const counts = request.isHandshake === (this.#faults.phase === "cold");
    const fault = counts ? this.#faults.begin() : this.#faults.lasts;
    if (fault === "refused") return void this.#refuse();
    if (fault === "silent") this.#isDead = true;
    if (this.#isDead) return;
    if (fault === "cut") return void this.#client.destroy();
    if (fault === "error reply" || fault === "ok: 0") return void this.#client.write(request.refuse(fault));
    this.#waiting = { request, fault };
    const known = this.#protocol.recall?.(request);
    if (known) this.#return(known);
    else this.#upstream.write(request.bytes);
  }

  #return(response: Buffer): void {
    const { fault, request } = this.#waiting ?? {};
    this.#waiting = undefined;
    if (request) this.#protocol.remember?.(request, response);
    if (this.#isDead) return;
    if (fault === "lost reply") return void this.#client.destroy();
    if (fault === "half an answer") {
      return void this.#client.write(response.subarray(0, response.length / 2), () => this.#client.destroy());
    }
    const delay = this.#delay(fault);
    if (delay) this.#delivered = Promise.all([this.#delivered, delay]);
    if (this.#delivered) this.#delivered.then(() => this.#client.write(response));
    else this.#client.write(response);
  }

  #delay(fault: Fault | undefined): Promise<void> | undefined {
    if (fault === "slow") return new Promise((resolve) => setTimeout(resolve, slowMilliseconds));
    if (fault === "answered after the deadline") return new Promise((resolve) => this.#faults.hold(resolve));
    return undefined;
  }
}
