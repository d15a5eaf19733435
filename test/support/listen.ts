import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";

/** Lets a server listen on a free port of this machine. @returns the port */
export async function listen(server: Server): Promise<number> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  return (server.address() as AddressInfo).port;
}

/** Lets a server of HTTP listen on a free port of this machine. @returns its URL */
export const listenHttp = async (server: Server): Promise<string> => `http://127.0.0.1:${await listen(server)}`;

/** Lets a server listen while a suite runs. @returns its port */
export function useServer(server: Server & { closeAllConnections?(): void }): () => number {
  let port: number;
  before(async () => {
    port = await listen(server);
  });
  after(() => {
    server.closeAllConnections?.();
    server.close();
  });
  return () => port;
}
