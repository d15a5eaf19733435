import { createServer } from "node:http";
import type { APIGatewayProxyResult } from "aws-lambda";
import { expect } from "chai";
import { functionEnvironment } from "../../bench/function-environment.ts";
import { parseEmbeddedMetrics } from "../support/embedded-metrics.ts";
import { foreignEvents, personalMarker } from "../support/foreign-events.ts";
import { listenHttp } from "../support/listen.ts";
import { newPerson } from "../support/service.ts";
import { xRayDaemon } from "../support/x-ray-daemon.ts";
import { type Deployment, deployService, describeDeployed } from "./deployment.ts";
import { type LambdaProcess, startLambda } from "./lambda-process.ts";
import { describeOnEachNode } from "./node-binaries.ts";
import { UnzippedArchive } from "./unzipped-archive.ts";

const base64url = (text: string) => Buffer.from(text).toString("base64url");

/** No service listens there. */
const deadEndpoint = "http://127.0.0.1:9";

type Start = (environment: Record<string, string>, timeoutMs?: number) => LambdaProcess;

const credentials = { email: "ann@example.com", password: "a long passphrase" };

const login = (body?: unknown, type?: string) => ({
  method: "POST",
  path: "/v1/auth/login",
  body,
  ...(type && { headers: { "Content-Type": type } }),
});

/** Requests, with the status and a part of the body of their response. */
const requests = {
  "an unknown path": [{ path: "/v2/nothing" }, 404, "not-found"],
  "a missing body": [login(), 422, '"pointer":"/email"'],
  "broken JSON": [login('{"email":', "application/json"), 400, "malformed-json"],
  "a body in base64": [
    login(Buffer.from(JSON.stringify({ ...credentials, password: "pässword", more: 1 })), "application/json"),
    422,
    '"errors":[{"pointer":"/more","detail":"is not known here"}]',
  ],
  "bytes that are not UTF-8": [
    login(Buffer.from([...Buffer.from('{"email":"'), 0xff, 0xfe, ...Buffer.from('"}')]), "application/json"),
    400,
    "invalid-utf-8",
  ],
  "bytes of another type": [login(Buffer.from("89504e470d0a1a0a", "hex"), "image/png"), 415, ""],
  "a body over 100 kB": [login({ email: "a".repeat(101 * 1024) }), 413, ""],
  "the key set": [{ path: "/.well-known/jwks.json" }, 503, ""],
  readiness: [{ path: "/health/ready" }, 503, ""],
  "a read": [{ path: "/v1/users/me", token: `${base64url('{"alg":"RS256","kid":"k"}')}.b.c` }, 503, ""],
  "a login": [login(credentials), 503, ""],
} as const;

function withoutDependencies(start: Start): void {
  let lambda: LambdaProcess;
  before(() => {
    lambda = start(functionEnvironment("nowhere", deadEndpoint));
  });
  after(() => lambda.stop());

  it("is alive, and uses the request id of API Gateway", async () => {
    const answer = await lambda.send({ path: "/health/live", requestId: "id-of-the-gateway" });
    expect(answer.status).to.equal(200);
    expect(answer.body).to.deep.equal({ status: "up" });
    expect(answer.headers["x-request-id"]).to.deep.equal(["id-of-the-gateway"]);
    expect(lambda.log()).to.include('"request_id":"id-of-the-gateway"');
  });

  it("names its release in the OpenAPI document", async () => {
    const released = start({ ...functionEnvironment("nowhere", deadEndpoint), AWS_LAMBDA_FUNCTION_VERSION: "42" });
    const { body } = await released.send({ path: "/openapi.json" });
    await released.stop();
    expect(body.info.version).to.equal("42");
  });

  it("reads the body of its first request, before it has loaded the routes", async () => {
    const fresh = start(functionEnvironment("nowhere", deadEndpoint));
    const answer = await fresh.send(login({ ...credentials, more: 1 }));
    await fresh.stop();
    expect(answer.status).to.equal(422);
    expect(answer.body.errors).to.deep.equal([{ pointer: "/more", detail: "is not known here" }]);
  });

  it("does not log as aborted what it has answered, with or without a body", async () => {
    const fresh = start(functionEnvironment("nowhere", deadEndpoint));
    const sent = [
      { path: "/health/live" },
      login({ ...credentials, more: 1 }),
      { method: "HEAD", path: "/health/live" },
    ];
    for (const request of sent) await fresh.send(request);
    await fresh.stop();
    const lines = fresh.log().trim().split("\n");
    expect(lines.map((line) => [JSON.parse(line).status, JSON.parse(line).aborted])).to.deep.equal([
      [200, undefined],
      [422, undefined],
      [200, undefined],
    ]);
  });

  for (const [name, [request, expected, part]] of Object.entries(requests)) {
    it(`answers ${name} with ${expected}`, async () => {
      const { status, body } = await lambda.send(request);
      expect(status).to.equal(expected);
      expect(JSON.stringify(body)).to.contain(part);
    });
  }

  it("answers a wrong method with 405", async () => {
    const { status, headers } = await lambda.send({ method: "PUT", path: "/health/live" });
    expect(status).to.equal(405);
    expect(headers.allow).to.deep.equal(["GET, HEAD"]);
  });

  it("uses the complete path, not the part that {proxy+} matched", async () => {
    const { status } = await lambda.send({
      path: "/health/live",
      resource: "/health/{proxy+}",
      pathParameters: { proxy: "live" },
    });
    expect(status).to.equal(200);
  });

  it("accepts headers and queries with several values, and returns such headers", async () => {
    const { status, headers } = await lambda.send({
      path: "/health/live",
      query: { a: ["1", "2&3"], "b c": ["ä"] },
      headers: { Origin: "https://app.test", Accept: ["text/html", "application/json"] },
    });
    expect(status).to.equal(200);
    expect(headers["access-control-allow-origin"]).to.deep.equal(["https://app.test"]);
    expect(headers["content-type"]).to.deep.equal(["application/json; charset=utf-8"]);
  });

  it("answers any other event with a problem, one line in the log, and nothing on the console", async () => {
    const fresh = start(functionEnvironment("nowhere", deadEndpoint));
    for (const { event, isHttp } of foreignEvents) {
      const answer = await fresh.invoke(event);
      const problem = isHttp ? JSON.parse((answer as APIGatewayProxyResult).body) : answer;
      expect(problem).to.include({ instance: "urn:request:id-of-lambda" });
    }
    await fresh.stop();
    const lines = fresh.log().trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).event_kind)).to.deep.equal(foreignEvents.map(({ kind }) => kind));
    expect(fresh.log()).not.to.contain(personalMarker);
    expect(fresh.errors()).to.equal("");
  });

  it("names its functions in stack traces", async () => {
    const bare = start({});
    const { message } = await bare.send({ path: "/health/live" }).catch((error) => error);
    expect(message).to.match(/ConfigurationError: .* API_URL is not set.*\n +at required \(/);
  });

  it("does not start with an invalid number of proxies", async () => {
    const wrong = start({ ...functionEnvironment("nowhere", deadEndpoint), TRUSTED_PROXIES: "two" });
    const { message } = await wrong.send({ path: "/health/live" }).catch((error) => error);
    expect(message).to.match(/ConfigurationError: TRUSTED_PROXIES is "two"\. Set it to a whole number\./);
  });

  it("answers before Lambda ends the function, though AWS is silent, and at the next request, too", async () => {
    const silent = createServer(() => {});
    const limited = start(functionEnvironment("nowhere", await listenHttp(silent)), 3_000);
    try {
      // Loads the routes.
      expect(await limited.send({ path: "/v1/unknown" })).to.include({ status: 404 });
      for (let count = 0; count < 2; count++) {
        const { status, headers } = await limited.send(login(credentials));
        expect([status, headers["retry-after"]]).to.deep.equal([503, ["5"]]);
      }
    } finally {
      await limited.stop();
      silent.closeAllConnections();
      silent.close();
    }
    const [, ...lines] = limited.log().trim().split("\n");
    expect(lines).to.have.length(2);
    for (const line of lines) {
      expect(JSON.parse(line).cause.message).to.match(/ did not respond before the deadline of the request$/);
    }
  });

  it("logs an error with one fingerprint each time", async () => {
    const fresh = start(functionEnvironment("nowhere", deadEndpoint));
    for (let count = 0; count < 2; count++) await fresh.send({ path: "/.well-known/jwks.json" });
    await fresh.stop();
    const [first, second] = fresh
      .log()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(first.fingerprint).to.match(/^\w+-[\da-f]{12}$/);
    expect(second.fingerprint).to.equal(first.fingerprint);
  });
}

function withRealServices(start: Start, getDeployment: () => Deployment): void {
  let lambda: LambdaProcess;
  before(() => {
    lambda = start(getDeployment().environment);
  });
  after(() => lambda.stop());

  it("registers, logs in, reads, refreshes and deletes, and logs nothing personal", async () => {
    const person = newPerson();
    const { email, password } = person;
    const post = (path: string, body: unknown) => lambda.send({ method: "POST", path, body });

    const registered = await post("/v1/auth/register", person);
    expect(registered.status, lambda.log()).to.equal(201);
    expect(registered.headers.location).to.deep.equal(["/v1/users/me"]);
    expect((await post("/v1/auth/register", person)).status).to.equal(409);

    const login = await post("/v1/auth/login", { email, password });
    expect(login.status).to.equal(200);
    expect((await post("/v1/auth/login", { email, password: "another one" })).status).to.equal(401);

    const me = await lambda.send({
      path: "/v1/users/me",
      resource: "/v1/{proxy+}",
      pathParameters: { proxy: "users/me" },
      token: login.body.access_token,
    });
    expect(me.status).to.equal(200);
    expect(me.body).to.deep.equal(registered.body.user);
    expect((await lambda.send({ path: "/v1/users/me" })).status).to.equal(401);
    const two = { Authorization: ["Bearer a", `Bearer ${login.body.access_token}`] };
    expect((await lambda.send({ path: "/v1/users/me", headers: two })).status).to.equal(401);

    const refreshed = await post("/v1/auth/refresh", { refresh_token: login.body.refresh_token });
    expect(refreshed.status).to.equal(200);

    const ready = await lambda.send({ path: "/health/ready" });
    expect(ready.status, lambda.log()).to.equal(200);
    const keys = await lambda.send({ path: "/.well-known/jwks.json" });
    expect(keys.body.keys).to.have.length(1);

    const removed = await lambda.send({ method: "DELETE", path: "/v1/users/me", token: refreshed.body.access_token });
    expect(removed.status).to.equal(204);
    expect(removed.body).to.equal(undefined);

    const log = lambda.log();
    for (const secret of [
      email,
      password,
      login.body.access_token,
      login.body.refresh_token,
      refreshed.body.refresh_token,
    ]) {
      expect(log).not.to.include(secret);
    }
    for (const line of log.trim().split("\n")) {
      expect(JSON.parse(line).message).to.be.oneOf(["request", "security event"]);
    }
  });

  it("reports the calls of a sampled request to X-Ray, and logs metrics of the connection pool", async () => {
    const daemon = await xRayDaemon();
    const traced = start({
      ...getDeployment().environment,
      _X_AMZN_TRACE_ID: "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
      AWS_XRAY_DAEMON_ADDRESS: daemon.address,
    });
    const { status } = await traced.send({ method: "POST", path: "/v1/auth/register", body: newPerson() });
    expect(status).to.equal(201);
    const called = new Set<string>();
    while (called.size < 3) for (const { name } of await daemon.next(1)) called.add(name);
    expect([...called]).to.have.members(["MongoDB", "Redis", "KMS"]);
    await traced.stop();
    daemon.close();
    const names = parseEmbeddedMetrics(JSON.parse(traced.log())).map(({ name }) => name);
    expect(names).to.include.members(["SignDuration", "DatabasePoolWait", "DatabasePoolInUse"]);
  });
}

describe("the unzipped archive", () => {
  const archive = new UnzippedArchive("service");

  describeOnEachNode((getNode) => {
    const start: Start = (environment, timeoutMs) =>
      startLambda({ folder: archive.folder, node: getNode(), environment, ...(timeoutMs && { timeoutMs }) });
    describe("with unreachable dependencies", () => withoutDependencies(start));
    describeDeployed(["MONGODB_URI", "REDIS_URL", "AWS_ENDPOINT_URL"], deployService, (getDeployment) =>
      withRealServices(start, getDeployment),
    );
  });
});
