import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { createServer, type Server, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { forwardTo } from "../../../scripts/drill/gateway.ts";
import type { SmokeTestResult } from "../../../scripts/release/smoke-tests.ts";
import { startService, type TestService } from "../../support/service.ts";
import { ops } from "../run-ops.ts";

describe("ops health", () => {
  const account = { email: "probe@ecobeat.test", password: "a long phrase of the probe" };
  const apiKey = "k".repeat(30);
  let folder: string;
  let service: TestService;
  /** What answers below the TLS of this test. */
  let answering: RequestListener;
  const servers: Server[] = [];

  const listen = async (
    days: number,
    versions: ServerOptions = { minVersion: "TLSv1.3" },
  ): Promise<string> => {
    const [key, cert] = [join(folder, `${days}.key`), join(folder, `${days}.pem`)];
    await promisify(execFile)("openssl", [
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=api", "-days", `${days}`],
      ...["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert],
    ]);
    const options = { key: await readFile(key), cert: await readFile(cert), ...versions };
    const server = createServer(options, (request, response) => answering(request, response));
    servers.push(server.listen(0, "127.0.0.1"));
    await once(server, "listening");
    return `https://localhost:${(server.address() as AddressInfo).port}`;
  };
  /** What the command found, by check. */
  const look = async (api: string, days: number, variables: NodeJS.ProcessEnv = {}) => {
    const { code, output } = await ops(["health", "--environment", "staging", "--api", api, "--json"], {
      NODE_EXTRA_CA_CERTS: join(folder, `${days}.pem`),
      ...variables,
    });
    const { checks } = JSON.parse(output) as { checks: SmokeTestResult[] };
    return { code, found: Object.fromEntries(checks.map((finding) => [finding.check, finding])) };
  };
  const failing = (found: Record<string, SmokeTestResult>) =>
    Object.values(found)
      .filter(({ outcome }) => outcome === "failed")
      .map(({ check }) => check);
  let api: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ecobeat-health-"));
    api = await listen(90);
    service = await startService({}, { apiUrl: api, apiKey, corsOrigins: ["https://staging.ecobeat.app"] });
    const headers = { "x-api-key": apiKey };
    const { status } = await service.send("POST", "/v1/auth/register", {
      body: { ...account, name: "Probe" },
      headers,
    });
    expect(status).to.equal(201);
  });
  beforeEach(() => {
    answering = forwardTo(service.url);
  });
  after(async () => {
    for (const server of servers) server.close();
    await service.stop();
    await rm(folder, { recursive: true });
  });

  it("finds a service that is well, and a user of it who can log in", async () => {
    const { code, found } = await look(api, 90, {
      HEALTH_API_KEY: apiKey,
      HEALTH_EMAIL: account.email,
      HEALTH_PASSWORD: account.password,
    });
    expect(Object.values(found).map(({ check, outcome }) => `${check} ${outcome}`)).to.deep.equal(
      ["name", "tls", "ready", "api key", "cors", "key set", "login"].map((check) => `${check} passed`),
    );
    expect(found.tls!.detail).to.match(/^TLSv1.3 alone, certificate for another (89|90) days$/);
    expect(code).to.equal(0);
  });

  it("checks what it can without a key and an account, and says what it left", async () => {
    const { code, found } = await look(api, 90);
    expect([code, failing(found)]).to.deep.equal([0, []]);
    expect(found.login).to.include({ outcome: "skipped" });
    expect(found.login!.detail).to.contain("HEALTH_PASSWORD");
  });

  it("fails for a password that is refused", async () => {
    const { code, found } = await look(api, 90, {
      HEALTH_API_KEY: apiKey,
      HEALTH_EMAIL: account.email,
      HEALTH_PASSWORD: "another",
    });
    expect([code, failing(found)]).to.deep.equal([1, ["login"]]);
    expect(found.login!.detail).to.equal("the login answers 401. See runbooks/high-errors.md");
  });

  it("fails for TLS 1.2, and for a certificate that ends soon or is nobody's that we know", async () => {
    const old = await look(await listen(91, { minVersion: "TLSv1.2" }), 91);
    expect(old.found.tls!.detail).to.match(/^TLSv1.2 is let in. Demand TLS 1.3/);
    const late = await look(await listen(20), 20);
    expect(late.found.tls!.detail).to.match(
      /^the certificate ends in (19|20) days. See runbooks\/certificate.md$/,
    );
    const strange = await look(api, 20);
    expect(strange.found.tls!.detail).to.contain("self-signed certificate");
    expect(strange.found.tls!.detail).to.match(/See runbooks\/certificate.md$/);
    const oldest = await look(await listen(92, { maxVersion: "TLSv1.2" }), 92);
    expect(oldest.found.tls!.detail).to.match(/^TLS 1.3 is not spoken. Demand TLS 1.3/);
    for (const { code } of [old, late, strange, oldest]) expect(code).to.equal(1);
  });

  it("fails for an API that anybody may use, from any page, with no keys, or with a private one", async () => {
    let keys: object[] = [];
    answering = (request, response) => {
      response.setHeader("access-control-allow-origin", request.headers.origin ?? "*");
      response.end(
        JSON.stringify(request.url === "/.well-known/jwks.json" ? { keys } : { dependencies: {} }),
      );
    };
    expect(failing((await look(api, 90)).found)).to.deep.equal(["ready", "api key", "cors", "key set"]);
    keys = [{ kid: "1", kty: "RSA", d: "private" }];
    expect((await look(api, 90)).found["key set"]!.detail).to.match(/^a private key is published/);
  });

  it("names the dependency that is down", async () => {
    answering = (_request, response) => {
      const dependencies = { database: { status: "down" }, redis: { status: "up" } };
      response.writeHead(503).end(JSON.stringify({ status: "down", dependencies }));
    };
    expect((await look(api, 90)).found.ready!.detail).to.match(/^database down. See/);
  });

  it("fails for whatever else answers 200", async () => {
    answering = (_request, response) => response.end("<h1>Welcome</h1>");
    expect((await look(api, 90)).found.ready!.detail).to.match(
      /^\/health\/ready answers 200 and names no dependency/,
    );
  });

  it("fails for a server that never answers", async () => {
    answering = () => undefined;
    expect((await look(api, 90)).found.ready!.detail).to.equal(
      "nobody answers within 10 s. See runbooks/high-errors.md",
    );
  });

  it("fails for a name that nobody has", async () => {
    const { code, found } = await look("https://api.invalid", 90);
    expect(code).to.equal(1);
    expect(found.name!.detail).to.match(/^api.invalid has no address \((ENOTFOUND|EAI_AGAIN)\). Look at/);
  });
});
