import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import { openEmbeddedDatabase } from "../../../service/local/embedded-database.ts";
import { close, createHttpServer, listen } from "../../../service/local/http-server.ts";
import { faultyProxy } from "../../support/faulty-proxy.ts";
import { describeWith } from "../../support/real-services.ts";
import { newPerson } from "../../support/service.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { post, type ServerProcess, startServer, urlIn } from "./server-process.ts";

/** A request, or as much of one as a client sends before it falls silent. */
const register = (body: string, length = body.length) =>
  "POST /v1/auth/register HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n" +
  `x-api-key: development\r\ncontent-length: ${length}\r\n\r\n${body}`;

/** What half-open connections have sent, and whether the client reads. */
const halfOpen: Record<string, { sent: string; reads: boolean }> = {
  "that has sent nothing": { sent: "", reads: true },
  "with half a header": { sent: "GET /health/live HTTP/1.1\r\nhost: loc", reads: true },
  "with half a body": { sent: register('{"email":', 100), reads: true },
  "that is kept alive": { sent: "GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n", reads: true },
  "that takes no response": { sent: "GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(300), reads: false },
};

/** Opens a connection. Its own end or reset is no error of the test. */
async function open(url: string, { sent, reads }: { sent: string; reads: boolean }): Promise<Socket> {
  const socket = connect({ port: Number(new URL(url).port), host: "127.0.0.1", noDelay: true }).on("error", () => {});
  await once(socket, "connect");
  if (reads) socket.resume();
  else socket.pause();
  if (sent) await new Promise((resolve) => socket.write(sent, resolve));
  return socket;
}

const closed = (socket: Socket) => new Promise((resolve) => socket.once("close", resolve));

describe("The shutdown of the local server", () => {
  const folder = useTemporaryFolder();

  it("ends whatever connections are half open, and keeps what was acknowledged", async () => {
    const end = async (signal: "SIGTERM" | "SIGINT") => {
      const data = join(folder(), signal);
      const server = await startServer(data);
      const url = urlIn(await server.banner);
      const person = newPerson();
      expect((await post(`${url}/v1/auth/register`, person)).status).to.equal(201);
      for (const connection of Object.values(halfOpen)) await open(url, connection);
      server.process.kill(signal);
      expect((await server.ended).code).to.equal(0);
      expect(existsSync(join(data, "lock"))).to.equal(false);

      const users = (await openEmbeddedDatabase(join(data, "database"))).collection("users");
      expect(await users.findOne({ email: person.email })).to.include({ name: person.name });
    };
    // Each of them waits for its limit.
    await Promise.all([end("SIGTERM"), end("SIGINT")]);
  });

  /** A server with a request in progress, whose client can finish it. */
  async function withRequest(server: ServerProcess) {
    const body = JSON.stringify(newPerson());
    const url = urlIn(await server.banner);
    const socket = await open(url, { sent: register(body.slice(0, 10), body.length), reads: true });
    let response = "";
    socket.on("data", (chunk) => {
      response += chunk;
    });
    return { finish: () => socket.write(body.slice(10)), response: closed(socket).then(() => response) };
  }

  it("counts a signal that npm forwards as the same Ctrl-C, and answers the request in progress", async () => {
    const server = await startServer(folder());
    const { finish, response } = await withRequest(server);
    for (let i = 0; i < 3; i++) server.process.kill("SIGINT");
    await server.prints("Press Ctrl-C again");
    finish();
    expect(await response).to.match(/^HTTP\/1\.1 201 [\s\S]*\r\nConnection: close\r\n/);
    expect((await server.ended).code).to.equal(0);
  });

  it("follows SIGTERM to npm, which ends after it, and answers the request in progress", async () => {
    const data = join(folder(), "npm");
    const server = await startServer(data, {}, { npm: true });
    const { finish, response } = await withRequest(server);
    const lock = join(data, "lock");
    const pid = Number(await readFile(lock, "utf8"));
    const ended = once(server.process, "exit");
    server.process.kill("SIGTERM");
    await Promise.race([server.prints("Press Ctrl-C again"), ended]);
    finish();
    await ended;
    const isLeft = existsSync(lock);
    if (isLeft) process.kill(pid, "SIGKILL");
    expect(isLeft).to.equal(false);
    expect(await response).to.match(/^HTTP\/1\.1 201 /);
  });

  it("ends at a second Ctrl-C, without waiting for requests in progress", async () => {
    const server = await startServer(join(folder(), "second"));
    const { response } = await withRequest(server);
    server.process.kill("SIGINT");
    await server.prints("Press Ctrl-C again");
    server.process.kill("SIGINT");
    expect((await server.ended).code).to.equal(130);
    expect(await response).to.equal("");
    expect(existsSync(join(folder(), "second", "lock"))).to.equal(false);
  });

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

describeWith("REDIS_URL", "The shutdown of the local server on real services", () => {
  const folder = useTemporaryFolder();

  it("ends while a request waits for a Redis that has fallen silent, and closes its connections", async () => {
    const { hostname, port } = new URL(process.env.REDIS_URL!);
    const proxy = await faultyProxy(hostname, Number(port));
    const url = new URL(process.env.REDIS_URL!);
    url.host = `127.0.0.1:${proxy.port}`;
    const server = await startServer(folder(), { REDIS_URL: url.href });
    const base = urlIn(await server.banner);
    proxy.failAt(1, "the response never comes");
    const body = { email: `${randomUUID()}@example.com`, password: "a long passphrase" };
    const login = post(`${base}/v1/auth/login`, body).catch(() => "cut");
    while (!proxy.hasFailed()) await new Promise(setImmediate);
    server.process.kill("SIGTERM");
    expect((await server.ended).code).to.equal(0);
    await login;
    proxy.close();
  });
});
