import { createServer, type RequestOptions, request } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import { functionEnvironment } from "../../bench/function-environment.ts";
import { type GatewayRequest, toApiGatewayEvent } from "../../scripts/aws/api-gateway-event.ts";
import { startTcpProxy, type TcpProxy } from "../../scripts/drill/tcp-proxy.ts";
import { type ServiceFunctionName, serviceFunctions } from "../../service/contract.ts";
import { listenHttp } from "../support/listen.ts";
import { newPerson } from "../support/service.ts";
import { deployService, describeDeployed } from "./deployment.ts";
import { startLambda } from "./lambda-process.ts";
import { describeOnEachNode } from "./node-binaries.ts";
import { UnzippedArchive } from "./unzipped-archive.ts";

const provisioned = { AWS_LAMBDA_INITIALIZATION_TYPE: "provisioned-concurrency" };

/** An endpoint that passes requests on to AWS, and keeps connections open as AWS does. */
class Endpoint implements AsyncDisposable {
  isBroken = false;
  readonly #server = createServer((received, response) => {
    if (this.isBroken) return void response.writeHead(400).end();
    const { method, headers, url: path } = received;
    const sent = request(process.env.AWS_ENDPOINT_URL!, { method, headers, path } as RequestOptions, (found) => {
      const { connection, ...kept } = found.headers;
      found.pipe(response.writeHead(found.statusCode!, kept));
    });
    received.pipe(sent);
  });

  listen = () => listenHttp(this.#server);

  async [Symbol.asyncDispose]() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

describe("a function with provisioned concurrency, from the archive", () => {
  const archive = new UnzippedArchive("service");

  describeOnEachNode((getNode) => {
    const start = (environment: Record<string, string>, name: ServiceFunctionName = "auth") =>
      startLambda({
        folder: archive.folder,
        file: `${name}.mjs`,
        node: getNode(),
        environment: { ...environment, ...provisioned },
      });

    for (const name of serviceFunctions) {
      it(`initializes ${name} without its dependencies, and writes nothing`, async () => {
        const lambda = start(functionEnvironment("nowhere", "http://127.0.0.1:9"), name);
        const { status } = await lambda.send({ path: "/health/live" });
        const unavailable = await lambda.send({ path: "/.well-known/jwks.json" });
        await lambda.stop();
        expect([status, unavailable.status]).to.deep.equal([200, 503]);
        expect(lambda.log().trim().split("\n")).to.have.length(2);
        expect(lambda.errors()).to.equal("");
      });
    }

    describeDeployed(["MONGODB_URI", "REDIS_URL", "AWS_ENDPOINT_URL"], deployService, (getDeployment) => {
      const person = newPerson();
      const { email, password } = person;
      let token: string;

      it("tries again with its first request what has failed at its initialization", async () => {
        await using endpoint = new Endpoint();
        endpoint.isBroken = true;
        const lambda = start({ ...getDeployment().environment, AWS_ENDPOINT_URL: await endpoint.listen() });
        expect((await lambda.send({ path: "/health/live" })).status).to.equal(200);
        endpoint.isBroken = false;
        const { status, body } = await lambda.send({ method: "POST", path: "/v1/auth/register", body: person });
        await lambda.stop();
        expect(status, lambda.log()).to.equal(201);
        expect(lambda.log().trim().split("\n")).to.have.length(2);
        token = body.access_token;
      });

      const getFirstRequests = (): Record<string, [ServiceFunctionName, GatewayRequest]> => {
        const headers = { Authorization: `Bearer ${token}` };
        return {
          login: ["auth", { method: "POST", path: "/v1/auth/login", body: { email, password } }],
          profile: ["api", { path: "/v1/users/me", headers }],
          "batch of activities": [
            "api",
            { method: "POST", path: "/v1/activities", body: { activities: [{}] }, headers },
          ],
        };
      };
      for (const what of ["login", "profile", "batch of activities"]) {
        it(`neither loads a module nor connects at its first ${what}`, async () => {
          await using endpoint = new Endpoint();
          const [name, request] = getFirstRequests()[what]!;
          const event = JSON.stringify(toApiGatewayEvent(request));
          const expression = `(async () => {
            const { handler } = await import("./${name}.mjs");
            const before = Object.keys(require.cache);
            const connections = [];
            require("diagnostics_channel").subscribe("net.client.socket", () => connections.push(new Error().stack));
            const { statusCode } = await handler(${event}, context);
            return { statusCode, connections, loaded: Object.keys(require.cache).slice(before.length) };
          })()`;
          const { result, failure } = await archive.evaluate(expression, {
            ...getDeployment().environment,
            ...provisioned,
            AWS_ENDPOINT_URL: await endpoint.listen(),
          });
          expect(failure).to.equal(undefined);
          expect(result).to.deep.equal({ statusCode: 200, connections: [], loaded: [] });
        });
      }
    });

    describe("while it is frozen", () => {
      const proxies: TcpProxy[] = [];
      const deployBehindProxies = async () => {
        for (const name of ["MONGODB_URI", "REDIS_URL"]) {
          const { hostname, port } = new URL(process.env[name]!);
          proxies.push(await startTcpProxy(hostname, Number(port)));
        }
        const [database, redis] = proxies.map(({ port }) => `127.0.0.1:${port}`);
        return deployService({ database: database!, redis: redis! });
      };
      after(() => {
        for (const proxy of proxies) proxy.close();
      });

      describeDeployed(["MONGODB_URI", "REDIS_URL", "AWS_ENDPOINT_URL"], deployBehindProxies, (getDeployment) => {
        it("may lose all connections", async () => {
          const lambda = start(getDeployment().environment);
          // Waits for the initialization.
          expect((await lambda.send({ path: "/health/live" })).status).to.equal(200);
          lambda.freeze();
          for (const proxy of proxies) proxy.cut();
          for (const proxy of proxies) proxy.restore();
          // Their ends arrive before the request does.
          await wait(200);
          const response = lambda.send({ method: "POST", path: "/v1/auth/register", body: newPerson() });
          lambda.thaw();
          const { status } = await response;
          await lambda.stop();
          expect(status, lambda.log()).to.equal(201);
        });
      });
    });
  });
});
