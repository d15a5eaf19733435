import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { openEmbeddedDatabase } from "../../../service/local/embedded-database.ts";
import { faultyProxy } from "../../support/faulty-proxy.ts";
import { describeWith } from "../../support/real-services.ts";
import { newPerson } from "../../support/service.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { closed, halfOpen, open, register } from "./half-open.ts";
import { post, type ServerProcess, startServer, urlIn } from "./server-process.ts";

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
