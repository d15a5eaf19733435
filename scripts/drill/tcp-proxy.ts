import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

/** A proxy before a real server, so that a test or a drill can take the server away and give it back. */
export interface TcpProxy {
  port: number;
  /** Closes all connections and refuses new ones. */
  cut(): void;
  /** Keeps connections open and swallows what they carry, as a failed network does. */
  blackhole(): void;
  /** Adds so many milliseconds to the way to the server, and as many to the way back. */
  addLatency(milliseconds: number): void;
  restore(): void;
  close(): void;
}

/** Forwards a free port of this machine to `host:port`. */
export async function startTcpProxy(host: string, port: number): Promise<TcpProxy> {
  let state: "open" | "cut" | "swallowing" = "open";
  let delayMilliseconds = 0;
  const sockets = new Set<Socket>();
  const destroyAll = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const server = createServer((client) => {
    if (state === "cut") return client.destroy();
    const upstream = connect(port, host);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      // One after the other: what comes when the way is fast again must not overtake.
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
      state = "swallowing";
    },
    addLatency(milliseconds) {
      delayMilliseconds = milliseconds;
    },
    restore() {
      // What was swallowed left both ends out of step: they start anew.
      if (state === "swallowing") destroyAll();
      state = "open";
      delayMilliseconds = 0;
    },
    close() {
      server.close();
      destroyAll();
    },
  };
}
