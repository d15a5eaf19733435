import type { RequestListener } from "node:http";
import { createServer, type Server } from "node:https";
import { expect } from "chai";
import { functionEnvironment } from "../../bench/function-environment.ts";
import { forwardTo } from "../../scripts/drill/gateway.ts";
import type { SmokeTestResult } from "../../scripts/release/smoke-test/run-checks.ts";
import type { SmokeTestReport } from "../../scripts/release/smoke-test/smoke-test.ts";
import { FakeAws } from "../scripts/release/pre-traffic/fake-aws.ts";
import { account, healthVariables, startProbedService } from "../scripts/release/public-api.ts";
import { parseEmbeddedMetrics } from "../support/embedded-metrics.ts";
import { listen } from "../support/listen.ts";
import type { TestService } from "../support/service.ts";
import { type Certificate, selfSignedCertificate } from "../support/tls-server.ts";
import { UnzippedArchive } from "./unzipped-archive.ts";

const origin = "https://staging.ecobeat.app";
const scheduled = 'index.smokeTest({ source: "aws.scheduler" }, context)';

describe("the smoke test, from the archive of the pre-traffic hook", () => {
  const archive = new UnzippedArchive("preTraffic");
  const aws = new FakeAws();
  let service: TestService;
  let certificate: Certificate;
  let server: Server;
  let url: string;
  /** Response behind the TLS of this test. */
  let respond: RequestListener;

  before(async () => {
    certificate = await selfSignedCertificate("DNS:localhost", 90);
    const { key, cert } = certificate;
    server = createServer({ key, cert, minVersion: "TLSv1.3" }, (request, response) => respond(request, response));
    url = `https://localhost:${await listen(server)}`;
    service = await startProbedService(url, origin);
    await aws.start();
  });
  beforeEach(() => {
    respond = forwardTo(service.url);
    aws.account = JSON.stringify(account);
  });
  after(async () => {
    aws.stop();
    server.closeAllConnections();
    server.close();
    await service.stop();
    await certificate.remove();
  });

  /** Runs the function. @returns its failed checks, the value of its metric, and its log line */
  async function run(variables: Readonly<Record<string, string>> = {}) {
    const { result, failure, log } = await archive.evaluate(scheduled, {
      ...functionEnvironment("staging", aws.url),
      API_URL: url,
      CORS_ORIGINS: `${origin},https://other.ecobeat.app`,
      SMOKE_TEST_API_KEY: healthVariables.HEALTH_API_KEY,
      NODE_EXTRA_CA_CERTS: certificate.path,
      ...variables,
    });
    expect(failure).to.equal(undefined);
    const { passed, checks } = result as SmokeTestReport;
    const [line] = log.filter(({ message }) => message.startsWith("smoke test"));
    const [metric, ...others] = parseEmbeddedMetrics(line);
    expect([metric?.name, metric?.values, others]).to.deep.equal(["SmokeTestsPassed", [Number(passed)], []]);
    return { failed: checks.filter(isFailed).map(({ check }) => check), checks, line };
  }

  it("passes every check of a healthy service, with a login", async () => {
    const { failed, checks, line } = await run();
    expect(failed).to.deep.equal([]);
    expect(checks.map(({ check, outcome }) => `${check} ${outcome}`)).to.include.members([
      "tls passed",
      "login passed",
    ]);
    expect(line).to.include({ level: "info", message: "smoke test passed" });
  });

  it("fails if logins fail, and says so without the password", async () => {
    respond = (request, response) =>
      request.url!.startsWith("/v1/auth/") ? response.writeHead(503).end() : forwardTo(service.url)(request, response);
    const { failed, line } = await run();
    expect(failed).to.deep.equal(["login"]);
    expect(line.failures).to.equal("login: the login returns 503. See runbooks/high-errors.md.");
    expect(JSON.stringify(line)).to.not.contain(account.password);
  });

  it("fails if requests are throttled", async () => {
    respond = (_request, response) => response.writeHead(429).end();
    expect((await run()).failed).to.include.members(["ready", "login", "key set"]);
  });

  it("fails if the certificate is not trusted, and if nothing listens", async () => {
    expect((await run({ NODE_EXTRA_CA_CERTS: "" })).failed).to.include.members(["tls", "ready", "login"]);
    expect((await run({ API_URL: "https://localhost:9" })).failed).to.include.members(["tls", "ready", "login"]);
  });

  it("fails because of the certificate only days before it expires: a ticket comes earlier", async () => {
    const results = [];
    for (const days of [20, 5]) {
      const other = await selfSignedCertificate("DNS:localhost", days);
      server.setSecureContext({ key: other.key, cert: other.cert, minVersion: "TLSv1.3" });
      results.push((await run({ NODE_EXTRA_CA_CERTS: other.path })).failed);
      await other.remove();
    }
    server.setSecureContext({ key: certificate.key, cert: certificate.cert, minVersion: "TLSv1.3" });
    expect(results).to.deep.equal([[], ["tls"]]);
  });

  it("fails without the parameter of its account", async () => {
    aws.account = undefined;
    const { failed, line } = await run();
    expect(failed).to.deep.equal(["account"]);
    expect(line.failures).to.contain("/ecobeat/staging/probe-account does not exist");
  });

  it("refuses an event of anything but its schedule or an operator", async () => {
    const variables = functionEnvironment("staging", aws.url);
    const { result, log } = await archive.evaluate('index.smokeTest({ detail: "?" }, context)', variables);
    expect(result).to.include({ status: 400 });
    expect(log.map(({ message }) => message)).to.deep.equal(["unsupported event"]);
  });
});

const isFailed = ({ outcome }: SmokeTestResult): boolean => outcome === "failed";
