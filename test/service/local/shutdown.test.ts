import { once } from "node:events";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import { close, createHttpServer, listen } from "../../../service/local/http-server.ts";
import { closed, halfOpen, open } from "./half-open.ts";

describe("A local server that closes", () => {
  for (const [what, connection] of Object.entries(halfOpen)) {
    it(`cuts a connection ${what}`, async () => {
      const server = createHttpServer().on("request", (request, response) => {
        request.resume().on("end", () => response.end("x".repeat(100_000)));
      });
      const { url } = await listen(server, { host: "127.0.0.1", port: 0 });
      const requested = connection.sent.includes("\r\n\r\n") && once(server, "request");
      const socket = await open(url, connection);
      await requested;
      await close(server, 100);
      socket.resume();
      await closed(socket);
    });
  }

  it("ends idle connections, and those that have sent nothing, without waiting for others", async () => {
    const server = createHttpServer().on("request", (_request, response) => response.end());
    // Otherwise Node.js ends the connection that is kept alive, some seconds later.
    server.keepAliveTimeout = 3_600_000;
    const { url } = await listen(server, { host: "127.0.0.1", port: 0 });
    const sockets = [];
    for (const name of ["that has sent nothing", "that is kept alive"] as const) {
      const socket = await open(url, halfOpen[name]!);
      if (halfOpen[name]!.sent) await once(socket, "data");
      sockets.push(closed(socket));
    }
    // So long that the test would fail if it waited for the limit.
    await Promise.all([close(server, 3_600_000), ...sockets]);
  });

  it("waits for a client that takes its response slowly", async () => {
    const body = "x".repeat(32 * 1024 * 1024);
    const server = createHttpServer().on("request", (_request, response) => response.end(body));
    const { url } = await listen(server, { host: "127.0.0.1", port: 0 });
    const requested = once(server, "request");
    const socket = await open(url, { sent: "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n", reads: false });
    await requested;
    const ended = close(server, 3_600_000);
    // Longer than it takes to look for idle connections.
    await wait(200);
    expect((await text(socket)).length).to.be.above(body.length);
    await ended;
  });

  it("ends a kept-alive connection with the response to its request in progress", async () => {
    const server = createHttpServer();
    const requested = once(server, "request");
    const { url } = await listen(server, { host: "127.0.0.1", port: 0 });
    const response = fetch(url);
    const [, inProgress] = await requested;
    const ended = close(server, 3_600_000);
    inProgress.end();
    expect((await response).headers.get("connection")).to.equal("close");
    await ended;
  });

  it("cuts a request that hangs at its limit", async () => {
    const server = createHttpServer();
    const requested = once(server, "request");
    const { url } = await listen(server, { host: "127.0.0.1", port: 0 });
    const response = fetch(url).catch((error) => error.message);
    await requested;
    await close(server, 50);
    expect(await response).to.equal("fetch failed");
  });
});
