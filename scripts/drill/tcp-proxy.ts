import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

/** A proxy in front of a server, which can make the server unreachable or slow. */
export interface TcpProxy {
  port: number;
  /** Closes all connections and rejects new ones. */
  cut(): void;
  /** Keeps connections open and discards their data, as a failed network does. */
  blackhole(): void;
  /** Adds latency in each direction. */
  addLatency(milliseconds: number): void;
  restore(): void;
  close(): void;
}

/** Forwards a free port of this machine to `host:port`. */
export async function startTcpProxy(host: string, port: number): Promise<TcpProxy> {
  let state: "open" | "cut" | "blackhole" = "open";
  let delayMilliseconds = 0;
  const sockets = new Set<Socket>();
  const destroyAll = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  // Without noDelay, a request in several parts waits 40 ms for an acknowledgment.
  const server = createServer({ noDelay: true }, (client) => {
    if (state === "cut") return client.destroy();
    const upstream = connect({ port, host, noDelay: true });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      // One after the other: data that arrive after `restore` must not overtake delayed data.
      let delivered = Promise.resolve();
      from.on("data", (chunk) => {
        const arrived = delayMilliseconds > 0 ? wait(delayMilliseconds) : undefined;
        delivered = Promise.all([delivered, arrived]).then(() => {
          if (state === "open") to.write(chunk);
        });
      });
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      state = "cut";
      destroyAll();
    },
    blackhole() {
      state = "blackhole";
    },
    addLatency(milliseconds) {
      delayMilliseconds = milliseconds;
    },
    restore() {
      // Discarded data left both ends out of step: they need new connections.
      if (state === "blackhole") destroyAll();
      state = "open";
      delayMilliseconds = 0;
    },
    close() {
      server.close();
      destroyAll();
    },
  };
}
