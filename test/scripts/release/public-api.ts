import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, request, type Server } from "node:https";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { forwardTo, type VersionHandler } from "../../../scripts/drill/gateway.ts";
import { isAuthPath } from "../../../service/routes.ts";
import { getEnvironment } from "../../../stacks/environments/index.ts";
import { listen } from "../../support/listen.ts";
import { startService, type TestService } from "../../support/service.ts";
import { type Certificate, selfSignedCertificate } from "../../support/tls-server.ts";
import type { Invoke } from "./emulated-aws.ts";
import type { EmulatedEnvironment } from "./emulated-environment.ts";

/** Header that routes a request to a version regardless of the alias. */
const versionHeader = "x-version";

/** The test account of the smoke tests, and of the pre-traffic test. */
export const account = { email: "probe@ecobeat.test", password: "a long phrase of the probe" };
const apiKey = "k".repeat(30);

/** Environment variables for smoke tests that log in. */
export const healthVariables = {
  HEALTH_API_KEY: apiKey,
  HEALTH_EMAIL: account.email,
  HEALTH_PASSWORD: account.password,
};

/** Starts the service with the test account. @param apiUrl its public URL */
export async function startProbedService(apiUrl: string, origin: string): Promise<TestService> {
  const service = await startService({}, { apiUrl, apiKey, corsOrigins: [origin] });
  const body = { ...account, name: "Probe" };
  await service.send("POST", "/v1/auth/register", { body, headers: { "x-api-key": apiKey } });
  return service;
}

/**
 * Stands in for API Gateway at an environment's domain: TLS 1.3, and each request goes to the version that the alias and its weights
 * select. Each version is the service itself, unless a test overrides it.
 */
export class PublicApi {
  /** Responses in place of a version of both functions. */
  readonly overrides = new Map<string, VersionHandler>();
  /** Functions and versions that got requests, such as `api 2`. */
  readonly served = new Set<string>();
  url = "";
  readonly #environment: EmulatedEnvironment;
  #certificate: Certificate | undefined;
  #server: Server | undefined;
  #service: TestService | undefined;

  constructor(environment: EmulatedEnvironment) {
    this.#environment = environment;
  }

  async start(): Promise<void> {
    this.#certificate = await selfSignedCertificate("DNS:localhost", 90);
    const { key, cert } = this.#certificate;
    this.#server = createServer({ key, cert, minVersion: "TLSv1.3" }, (incoming, response) =>
      this.#respond(incoming, response),
    );
    this.url = `https://localhost:${await listen(this.#server)}`;
    const { corsOrigins } = getEnvironment(this.#environment.name);
    this.#service = await startProbedService(this.url, corsOrigins[0]!);
  }

  /** The response of the service itself. */
  get service(): VersionHandler {
    return forwardTo(this.#service!.url);
  }

  get certificate(): Buffer {
    return this.#certificate!.cert;
  }

  /** For commands that run smoke tests. */
  get variables(): Record<string, string> {
    return { NODE_EXTRA_CA_CERTS: this.#certificate!.path, ...healthVariables };
  }

  /** Runs an invocation of Lambda: of a version, or of the one that the alias selects. */
  invoke: Invoke = async (_name, qualifier, { httpMethod, path, headers, body }) => {
    const { Host: _, ...sent } = headers as Record<string, string>;
    const version = qualifier === "live" ? {} : { [versionHeader]: qualifier };
    return this.#send(httpMethod, path, body ?? "", { ...sent, ...version });
  };

  /** Sends requests to both functions, one after the other, until `stop`. */
  sendContinuously() {
    let isOver = false;
    const failed: string[] = [];
    let sent = 0;
    const sending = (async () => {
      while (!isOver) {
        for (const [method, path, body] of [
          ["GET", "/v1/app", ""],
          ["POST", "/v1/auth/login", JSON.stringify(account)],
        ] as const) {
          const headers = body ? { "content-type": "application/json" } : {};
          const status = await this.#send(method, path, body, headers).then(
            ({ statusCode }) => statusCode,
            (error: Error) => error.message,
          );
          sent += 1;
          if (status !== 200) failed.push(`${path}: ${status}`);
        }
        await wait(10);
      }
    })();
    return {
      stop: async () => {
        isOver = true;
        await sending;
        return { sent, failed };
      },
    };
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    this.#server?.close();
    await this.#service?.stop();
    await this.#certificate?.remove();
  }

  async #respond(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = isAuthPath(incoming.url!) ? "auth" : "api";
    const named = incoming.headers[versionHeader] as string | undefined;
    const version = named ?? (await this.#selectVersion(id));
    if (named === undefined) this.served.add(`${id} ${version}`);
    (this.overrides.get(version) ?? this.service)(incoming, response);
  }

  async #selectVersion(id: string): Promise<string> {
    const [version, [other = "", share = 0]] = await this.#environment.getRouting(id);
    return Math.random() < share ? other : version;
  }

  #send(
    method: string,
    path: string,
    body: string,
    sent: Record<string, string>,
  ): Promise<{ statusCode: number; body: string }> {
    return new Promise((resolve, reject) => {
      const headers = { ...sent, "x-api-key": apiKey };
      request(new URL(path, this.url), { method, headers, ca: this.certificate })
        .on("response", async (response) =>
          resolve({ statusCode: response.statusCode!, body: (await text(response).catch(reject)) ?? "" }),
        )
        .on("error", reject)
        .end(body);
    });
  }
}
