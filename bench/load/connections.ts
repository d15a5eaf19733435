import { connect, type Socket } from "node:net";

const headerEnd = "\r\n\r\n";

/** Connections that stay open and send the same request again and again, each the next one after the response. */
export class Connections {
  readonly #sockets: Socket[];
  readonly #request: Buffer;

  /** @param headers of the request for a path of a server, in addition to `Host` */
  constructor(count: number, url: URL, path: string, headers: Readonly<Record<string, string>>) {
    const lines = Object.entries({ Host: url.host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#request = Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
    this.#sockets = Array.from({ length: count }, () => connect(Number(url.port), url.hostname).setNoDelay());
  }

  /**
   * Sends requests for a time.
   * @returns how many got a response
   * @throws if one has another status than 200, or a connection ends
   */
  async run(milliseconds: number): Promise<number> {
    const end = performance.now() + milliseconds;
    const counts = await Promise.all(this.#sockets.map((socket) => this.#runOne(socket, end)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #runOne(socket: Socket, end: number): Promise<number> {
    return new Promise((resolve, reject) => {
      let [count, received] = [0, ""];
      const finish = (error?: Error) => {
        socket.removeAllListeners();
        if (error) reject(error);
        else resolve(count);
      };
      socket.on("error", finish).on("close", () => finish(new Error("A connection has ended.")));
      socket.on("data", (data) => {
        received += data.toString("latin1");
        if (!isWhole(received)) return;
        if (!received.startsWith("HTTP/1.1 200 ")) return finish(new Error(received));
        received = "";
        count += 1;
        if (performance.now() < end) socket.write(this.#request);
        else finish();
      });
      socket.write(this.#request);
    });
  }
}

/** Whether a response has all of its body. Servers send the length of each. */
function isWhole(response: string): boolean {
  const bodyAt = response.indexOf(headerEnd) + headerEnd.length;
  const length = /^content-length: (\d+)/im.exec(response.slice(0, bodyAt))?.[1];
  return bodyAt >= headerEnd.length && response.length >= bodyAt + Number(length);
}
