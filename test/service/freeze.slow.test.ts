import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import { variables } from "../../service/contract.ts";
import { compileServiceProcess } from "../support/compiled-program.ts";
import type { FakeCloud } from "../support/fake-cloud.ts";
import { type ForgetfulProxy, startForgetfulProxy } from "../support/forgetful-proxy.ts";
import { type ProxiedCloud, startProxiedCloud } from "../support/proxied-cloud.ts";
import { newPerson } from "../support/service.ts";

/** As 300 s are for the 350 s of a real network, and timeouts of what may wait for a reply at a freeze. */
const timeouts = { idleConnection: 700, awsRequest: 700, signingKeys: 700 };

/** Longer than those, and long enough to be noticed. */
const freezeMilliseconds = 2_000;

/** A process of the service that a test can freeze, as Lambda does between two requests. */
async function startProcess(mailQueueUrl: string) {
  const child: ChildProcess = fork(await compileServiceProcess(), [JSON.stringify(timeouts)], {
    execArgv: [],
    env: {
      ...process.env,
      // With the variable, the driver of MongoDB knows that it runs in Lambda.
      AWS_LAMBDA_RUNTIME_API: "127.0.0.1:9001",
      [variables.mailQueueUrl]: mailQueueUrl,
      AWS_ENDPOINT_URL_SQS: new URL(mailQueueUrl).origin,
    },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const output = text(child.stdout!);
  const [port] = await once(child, "message");
  return {
    async send(method: string, path: string, body?: unknown, token?: string) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        headers: {
          ...(body !== undefined && { "Content-Type": "application/json" }),
          ...(token && { Authorization: `Bearer ${token}` }),
          // Lambda's runtime has no connections of clients.
          Connection: "close",
        },
        body: body === undefined ? null : JSON.stringify(body),
      });
      const content = await response.text();
      return { status: response.status, body: content && JSON.parse(content) };
    },
    async advance(milliseconds: number) {
      child.send(milliseconds);
      await once(child, "message");
    },
    async freeze(meanwhile: () => void) {
      child.kill("SIGSTOP");
      meanwhile();
      await wait(freezeMilliseconds);
      child.kill("SIGCONT");
    },
    /** Ends the process. @returns its log */
    async stop(): Promise<Record<string, unknown>[]> {
      child.disconnect();
      return (await output)
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    },
  };
}

describe("A process that was frozen", () => {
  let cloud: FakeCloud;
  let proxies: ProxiedCloud<ForgetfulProxy>["proxies"];
  let stop: () => Promise<void>;
  let service: Awaited<ReturnType<typeof startProcess>>;

  before(async () => {
    ({ cloud, proxies, stop } = await startProxiedCloud(startForgetfulProxy));
    service = await startProcess(`http://127.0.0.1:${proxies.KMS.port}/123456789012/ecobeat-staging-mails`);
  });
  after(() => stop());

  it("serves the first request on new connections", async () => {
    const registered = await service.send("POST", "/v1/auth/register", newPerson());
    expect(registered.status).to.equal(201);
    const { refresh_token, access_token } = registered.body;
    const opened = { Redis: proxies.Redis.connections(), KMS: proxies.KMS.connections() };
    await service.freeze(() => {
      for (const proxy of Object.values(proxies)) proxy.forget();
    });
    // A refresh needs Redis and KMS, a list the database.
    const responses = await Promise.all([
      service.send("POST", "/v1/auth/refresh", { refresh_token }),
      service.send("GET", "/v1/activities", undefined, access_token),
    ]);
    expect(responses.map(({ status }) => status)).to.deep.equal([200, 200]);
    for (const name of ["Redis", "KMS"] as const) {
      expect(proxies[name].connections(), name).to.be.above(opened[name]);
      expect(proxies[name].lostBytes(), name).to.equal(0);
    }
  });

  it("during a read of the signing keys continues it", async () => {
    const registered = await service.send("POST", "/v1/auth/register", newPerson());
    const { refresh_token } = registered.body;
    const respond = cloud.failures.SSM!;
    let asked: () => void;
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    cloud.failures.SSM = () => {
      asked();
      return "silence";
    };
    // Keys of this age are read again in parallel with a request.
    await service.advance(31_000);
    expect((await service.send("POST", "/v1/auth/refresh", { refresh_token })).status).to.equal(200);
    await isAsked;
    await service.freeze(() => {
      cloud.failures.SSM = respond;
    });
    const jwks = await service.send("GET", "/.well-known/jwks.json");
    expect(jwks.status).to.equal(200);
    // The read that was frozen ends before one that begins later.
    await service.advance(61_000);
    expect((await service.send("GET", "/.well-known/jwks.json")).body).to.deep.equal(jwks.body);
  });

  it("logs no error", async () => {
    const lines = await service.stop();
    expect(lines.map(({ level }) => level)).to.deep.equal(Array(7).fill("info"));
  });
});
