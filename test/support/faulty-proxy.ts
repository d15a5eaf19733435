import { EventEmitter, once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { listen } from "./listen.ts";

/** Faults of one request and its response. */
export const faults = {
  "the request never leaves": { request: "destroy" },
  "the request comes late": { request: "late" },
  "the response is lost": { response: "destroy" },
  "the connection is reset instead of a response": { response: "reset" },
  "half of the response comes": { response: "half" },
  "the response comes late": { response: "late" },
  "the response never comes": { response: "swallow" },
} as const;

export type Fault = keyof typeof faults;

/** Longer than the timeout of the service for Redis. */
const lateMilliseconds = 2_500;

/** A proxy in front of a real server that makes one chosen exchange fail. */
export interface FaultyProxy {
  port: number;
  /** Makes the `step`-th request from now on (1 is the next) fail, and no later one. */
  failAt(step: number, fault: Fault): void;
  /** Whether the fault has happened. */
  hasFailed(): boolean;
  /** Resolves when the server has responded to the request that comes late. The client has closed its connection by then. */
  lateResponse(): Promise<unknown>;
  close(): void;
}

/** Forwards a free port of this machine to `host:port`. Each chunk from a client counts as one request. */
export async function faultyProxy(host: string, port: number): Promise<FaultyProxy> {
  let remaining = 0;
  let fault: Fault | undefined;
  const events = new EventEmitter();
  const sockets = new Set<Socket>();

  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port, host, noDelay: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
    }
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    let isLate = false;
    client.on("close", () => isLate || end());
    upstream.on("close", end);
    let failing: (typeof faults)[Fault] | undefined;

    client.on("data", (request) => {
      if (fault && --remaining === 0) {
        failing = faults[fault];
        fault = undefined;
        if ("request" in failing) {
          if (failing.request === "destroy") return end();
          isLate = true;
          return setTimeout(() => upstream.write(request), lateMilliseconds).unref();
        }
      }
      upstream.write(request);
    });
    upstream.on("data", (response) => {
      if (isLate) {
        events.emit("late response");
        return end();
      }
      const how = failing && "response" in failing ? failing.response : undefined;
      failing = undefined;
      if (how === undefined) return client.write(response);
      if (how === "swallow") return upstream.pause();
      if (how === "late") {
        // What comes after it waits, too: TCP keeps the order.
        upstream.pause();
        const deliver = () => client.write(response) && upstream.resume();
        return setTimeout(deliver, lateMilliseconds).unref();
      }
      if (how === "reset") return client.resetAndDestroy();
      if (how === "destroy") return end();
      client.write(response.subarray(0, Math.ceil(response.length / 2)), end);
    });
  });
  return {
    port: await listen(server),
    failAt(step, which) {
      [remaining, fault] = [step, which];
    },
    hasFailed: () => fault === undefined,
    lateResponse: () => once(events, "late response"),
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
