import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A request, or as much of one as a client sends before it falls silent. */
export const register = (body: string, length = body.length) =>
  "POST /v1/auth/register HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n" +
  `x-api-key: development\r\ncontent-length: ${length}\r\n\r\n${body}`;

/** What half-open connections have sent, and whether the client reads. */
export const halfOpen: Record<string, { sent: string; reads: boolean }> = {
  "that has sent nothing": { sent: "", reads: true },
  "with half a header": { sent: "GET /health/live HTTP/1.1\r\nhost: loc", reads: true },
  "with half a body": { sent: register('{"email":', 100), reads: true },
  "that is kept alive": { sent: "GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n", reads: true },
  "that takes no response": { sent: "GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(300), reads: false },
};

/** Opens a connection. Its own end or reset is no error of the test. */
export async function open(url: string, { sent, reads }: { sent: string; reads: boolean }): Promise<Socket> {
  const socket = connect({ port: Number(new URL(url).port), host: "127.0.0.1", noDelay: true }).on("error", () => {});
  await once(socket, "connect");
  if (reads) socket.resume();
  else socket.pause();
  if (sent) await new Promise((resolve) => socket.write(sent, resolve));
  return socket;
}

export const closed = (socket: Socket) => new Promise((resolve) => socket.once("close", resolve));
