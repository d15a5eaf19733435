import type { Socket } from "node:net";

/**
 * Ends two connections of a proxy together, whatever ends one of them.
 * @param open has both as long as they are open
 */
export function joinSockets(client: Socket, upstream: Socket, open: Set<Socket>): void {
  for (const [socket, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    open.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      open.delete(socket);
      other.destroy();
    });
  }
}
