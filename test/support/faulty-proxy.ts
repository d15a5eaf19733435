import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What happens to one request and its answer on their way. */
export const faults = {
  "the request never leaves": { request: "destroy" },
  "the answer is lost": { answer: "destroy" },
  "the connection is reset instead of an answer": { answer: "reset" },
  "half of the answer comes": { answer: "half" },
  "the answer comes late": { answer: "late" },
  "the answer never comes": { answer: "swallow" },
} as const;

export type Fault = keyof typeof faults;

/** Later than the service waits for an answer of Redis. */
const lateMilliseconds = 2_500;

/** A proxy before a real server that lets one chosen exchange fail. */
export interface FaultyProxy {
  port: number;
  /** Lets the `step`-th request from now on (1 is the next) fail, and none after it. */
  failAt(step: number, fault: Fault): void;
  /** Whether the fault has happened. */
  hasFailed(): boolean;
  close(): void;
}

/** Forwards a free port of this machine to `host:port`. What a client writes at once counts as one request. */
export async function faultyProxy(host: string, port: number): Promise<FaultyProxy> {
  let remaining = 0;
  let fault: Fault | undefined;
  const sockets = new Set<Socket>();

  const server = createServer((client) => {
    const upstream = connect(port, host);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
    }
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    client.on("close", end);
    upstream.on("close", end);
    let failing: (typeof faults)[Fault] | undefined;

    client.on("data", (request) => {
      if (fault && --remaining === 0) {
        failing = faults[fault];
        fault = undefined;
        if ("request" in failing) return end();
      }
      upstream.write(request);
    });
    upstream.on("data", (answer) => {
      const how = failing && "answer" in failing ? failing.answer : undefined;
      failing = undefined;
      if (how === undefined) return client.write(answer);
      if (how === "swallow") return upstream.pause();
      if (how === "late") {
        // What comes after it waits, too: TCP keeps the order.
        upstream.pause();
        const deliver = () => client.write(answer) && upstream.resume();
        return setTimeout(deliver, lateMilliseconds).unref();
      }
      if (how === "reset") return client.resetAndDestroy();
      if (how === "destroy") return end();
      client.write(answer.subarray(0, Math.ceil(answer.length / 2)), end);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    failAt(step, which) {
      [remaining, fault] = [step, which];
    },
    hasFailed: () => fault === undefined,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
