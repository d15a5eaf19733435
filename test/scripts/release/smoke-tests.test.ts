import type { RequestListener } from "node:http";
import { createServer, type Server, type ServerOptions } from "node:https";
import { connect, createServer as createTcpServer } from "node:net";
import tls from "node:tls";
import { expect } from "chai";
import { forwardTo } from "../../../scripts/drill/gateway.ts";
import type { SmokeTestResult } from "../../../scripts/release/smoke-test/run-checks.ts";
import { listen } from "../../support/listen.ts";
import type { TestService } from "../../support/service.ts";
import { type Certificate, selfSignedCertificate } from "../../support/tls-server.ts";
import { ops, opsProcess } from "../run-ops.ts";
import { healthVariables, startProbedService } from "./public-api.ts";

/** Lets the TLS clients of this process trust one certificate, as `NODE_EXTRA_CA_CERTS` does at the start of a process. */
function trust({ cert }: Certificate): () => void {
  const { createSecureContext } = tls;
  tls.createSecureContext = (options) => createSecureContext({ ca: cert, ...options });
  return () => {
    tls.createSecureContext = createSecureContext;
  };
}

describe("ops health", () => {
  let service: TestService;
  let valid: Certificate;
  let expiring: Certificate;
  /** Response behind the TLS of this test. */
  let respond: RequestListener;
  let api: string;
  const servers: Server[] = [];

  const serve = async (
    { key, cert }: Certificate,
    versions: ServerOptions = { minVersion: "TLSv1.3" },
  ): Promise<string> => {
    const server = createServer({ key, cert, ...versions }, (request, response) => respond(request, response));
    servers.push(server);
    return `https://localhost:${await listen(server)}`;
  };
  const toArguments = (url: string) => ["health", "--environment", "staging", "--api", url, "--json"];
  /** Runs the command with a client that trusts one certificate. @returns its results by check */
  const run = async (url: string, variables: NodeJS.ProcessEnv = {}, trusted = valid) => {
    const distrust = trust(trusted);
    const { code, output } = await ops(toArguments(url), variables).finally(distrust);
    const { checks } = JSON.parse(output) as { checks: SmokeTestResult[] };
    return {
      code,
      details: Object.fromEntries(checks.map(({ check, detail }) => [check, detail])),
      outcomes: checks.map(({ check, outcome }) => `${check} ${outcome}`),
    };
  };
  const listFailed = ({ outcomes }: Awaited<ReturnType<typeof run>>) =>
    outcomes.filter((outcome) => outcome.endsWith("failed")).map((outcome) => outcome.replace(" failed", ""));

  before(async () => {
    valid = await selfSignedCertificate("DNS:localhost", 90);
    expiring = await selfSignedCertificate("DNS:localhost", 20);
    api = await serve(valid);
    service = await startProbedService(api, "https://staging.ecobeat.app");
  });
  beforeEach(() => {
    respond = forwardTo(service.url);
  });
  after(async () => {
    for (const server of servers) server.close();
    await service.stop();
    await valid.remove();
    await expiring.remove();
  });

  it("passes for a healthy service with a user who can log in", async () => {
    const { code, details, outcomes } = await run(api, healthVariables);
    expect(outcomes).to.deep.equal(
      ["name", "tls", "ready", "api key", "cors", "key set", "login"].map((check) => `${check} passed`),
    );
    expect(details.tls).to.match(/^only TLSv1.3, certificate valid for another (89|90) days$/);
    expect(code).to.equal(0);
  });

  it("exits with 0 for a healthy service, and ends", async () => {
    const { code, output } = await opsProcess(toArguments(api), { NODE_EXTRA_CA_CERTS: valid.path });
    expect(code, output).to.equal(0);
  });

  it("skips the login without a key and an account, and names the variables", async () => {
    const { code, details, outcomes } = await run(api);
    expect([code, outcomes.at(-1)]).to.deep.equal([0, "login skipped"]);
    expect(details.login).to.contain("HEALTH_PASSWORD");
  });

  it("fails for a wrong password", async () => {
    const results = await run(api, { ...healthVariables, HEALTH_PASSWORD: "another" });
    expect([results.code, listFailed(results)]).to.deep.equal([1, ["login"]]);
    expect(results.details.login).to.equal("the login returns 401. See runbooks/high-errors.md");
  });

  it("does not take any failure of TLS 1.2 for its refusal", async () => {
    const upstream = Number(new URL(api).port);
    // The extension `supported_versions`, which only a client of TLS 1.3 sends (RFC 8446, 4.2.1).
    const supportedVersions = Buffer.from([0, 43, 0]);
    const proxy = createTcpServer((client) => {
      client.on("error", () => {});
      client.once("data", (hello) => {
        // As of a load balancer that is overloaded.
        if (!hello.includes(supportedVersions)) return client.end("HTTP/1.1 503 Service Unavailable\r\n\r\n");
        const server = connect(upstream, "localhost", () => server.write(hello));
        server.on("error", () => client.destroy());
        client.pipe(server).pipe(client);
      });
    });
    const port = await listen(proxy);
    const { details } = await run(`https://localhost:${port}`);
    proxy.close();
    expect(details.tls).to.match(/^whether the server refuses TLS 1.2 is unknown: /);
  });

  it("fails for TLS 1.2, and for a certificate that expires soon or is not trusted", async () => {
    const accepts12 = await run(await serve(valid, { minVersion: "TLSv1.2" }));
    expect(accepts12.details.tls).to.match(/^the server accepts TLSv1.2\. .*docs\/tls.md/);
    const expires = await run(await serve(expiring), {}, expiring);
    expect(expires.details.tls).to.match(/^the certificate expires in (19|20) days\. .*certificate.md$/);
    const untrusted = await run(api, {}, expiring);
    expect(untrusted.details.tls).to.match(/self-signed certificate.*See runbooks\/certificate.md$/);
    const only12 = await run(await serve(valid, { maxVersion: "TLSv1.2" }));
    expect(only12.details.tls).to.match(/^the server does not support TLS 1.3\. /);
    for (const { code } of [accepts12, expires, untrusted, only12]) expect(code).to.equal(1);
  });

  it("fails for an API without access control, for any origin, with no keys, or with a private one", async () => {
    let keys: object[] = [];
    respond = (request, response) => {
      response.setHeader("access-control-allow-origin", request.headers.origin ?? "*");
      response.end(JSON.stringify(request.url === "/.well-known/jwks.json" ? { keys } : { dependencies: {} }));
    };
    expect(listFailed(await run(api))).to.deep.equal(["ready", "api key", "cors", "key set"]);
    keys = [{ kid: "1", kty: "RSA", d: "private" }];
    expect((await run(api)).details["key set"]).to.match(/^a private key is published/);
  });

  const down = JSON.stringify({ dependencies: { database: { status: "down" }, redis: { status: "up" } } });
  for (const [what, answer, detail] of [
    ["a dependency that is down", { status: 503, body: down }, /^database down\. See/],
    ["another server", { status: 200, body: "<h1>Welcome</h1>" }, /returns 200 without dependencies/],
    ["a server that does not respond", undefined, /^no response within 10 s\. See runbooks/],
  ] as const) {
    it(`fails for ${what}`, async () => {
      respond = (_request, response) => answer && response.writeHead(answer.status).end(answer.body);
      const { timeout } = AbortSignal;
      AbortSignal.timeout = (milliseconds) => timeout(answer ? milliseconds : milliseconds / 50);
      const { details } = await run(api).finally(() => {
        AbortSignal.timeout = timeout;
      });
      expect(details.ready).to.match(detail);
    });
  }

  it("fails for a name that does not resolve", async () => {
    const { code, details } = await run("https://api.invalid");
    expect(code).to.equal(1);
    expect(details.name).to.match(/^api.invalid has no address \((ENOTFOUND|EAI_AGAIN)\)/);
  });
});
