import { connect, createServer, type Socket } from "node:net";
import { listen } from "./listen.ts";

/** A proxy that drops connections as a NAT gateway does with idle ones: neither end hears of it. */
export interface ForgetfulProxy {
  port: number;
  /** Connections that were opened so far. */
  connections(): number;
  /** Bytes that came later on connections that the proxy has forgotten. */
  lostBytes(): number;
  /** Forgets all connections. */
  forget(): void;
  close(): void;
}

/** Forwards a free port of this machine to another. */
export async function startForgetfulProxy(port: number): Promise<ForgetfulProxy> {
  const open = new Map<Socket, Socket>();
  const forgotten = new Set<Socket>();
  let [connections, lostBytes] = [0, 0];
  const server = createServer({ noDelay: true }, (client) => {
    connections += 1;
    const upstream = connect({ port, host: "127.0.0.1", noDelay: true });
    open.set(client, upstream);
    client.on("data", (chunk) => {
      if (forgotten.has(client)) lostBytes += chunk.length;
      else upstream.write(chunk);
    });
    upstream.on("data", (chunk) => client.write(chunk));
    client
      .on("error", () => {})
      .on("close", () => {
        open.delete(client);
        forgotten.delete(client);
        upstream.destroy();
      });
    upstream.on("error", () => {}).on("close", () => forgotten.has(client) || client.destroy());
  });
  return {
    port: await listen(server),
    connections: () => connections,
    lostBytes: () => lostBytes,
    forget() {
      for (const [client, upstream] of open) {
        forgotten.add(client);
        upstream.destroy();
      }
    },
    close() {
      server.close();
      for (const client of open.keys()) client.destroy();
    },
  };
}
