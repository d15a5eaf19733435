import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, request, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { GetAliasCommand } from "@aws-sdk/client-lambda";
import { forwardTo, type VersionHandler } from "../../../../scripts/drill/gateway.ts";
import { startService, type TestService } from "../../../support/service.ts";
import type { Invoke } from "../emulated-aws.ts";
import type { EmulatedEnvironment } from "../emulated-environment.ts";

/** Header by which a version is asked that the alias does not point to. */
const versionHeader = "x-version";

/** Who logs in from outside. */
export const account = { email: "probe@ecobeat.test", password: "a long phrase of the probe" };
const apiKey = "k".repeat(30);

/**
 * Stands for API Gateway behind an environment's public name: TLS 1.3, and each request goes to a version of the function, as the alias
 * and its weights say just then. A version is the service itself, unless a test puts something in its place.
 */
export class PublicApi {
  /** What answers in place of a version of both functions. */
  readonly overrides = new Map<string, VersionHandler>();
  /** Requests by function and version, such as `api 2`. */
  readonly served = new Map<string, number>();
  readonly #environment: EmulatedEnvironment;
  readonly #name: string;
  readonly #origin: string;
  #folder = "";
  #server: Server | undefined;
  #service: TestService | undefined;
  #ca: Buffer | undefined;

  constructor(environment: EmulatedEnvironment, name: string, origin: string) {
    this.#environment = environment;
    this.#name = name;
    this.#origin = origin;
  }

  async start(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), "ecobeat-public-"));
    const key = join(this.#folder, "key.pem");
    await promisify(execFile)("openssl", [
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=api", "-days", "90"],
      ...["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", this.#certificate],
    ]);
    this.#ca = await readFile(this.#certificate);
    const options = { key: await readFile(key), cert: this.#ca, minVersion: "TLSv1.3" } as const;
    this.#server = createServer(options, (incoming, response) => this.#answer(incoming, response));
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.#service = await startService({}, { apiUrl: this.url, apiKey, corsOrigins: [this.#origin] });
    const body = { ...account, name: "Probe" };
    await this.#service.send("POST", "/v1/auth/register", { body, headers: { "x-api-key": apiKey } });
  }

  get url(): string {
    return `https://localhost:${(this.#server!.address() as AddressInfo).port}`;
  }

  /** The service itself, as every version is at first. */
  get service(): VersionHandler {
    return forwardTo(this.#service!.url);
  }

  /** For commands that look at it from outside. */
  get variables(): Record<string, string> {
    return {
      NODE_EXTRA_CA_CERTS: this.#certificate,
      HEALTH_API_KEY: apiKey,
      HEALTH_EMAIL: account.email,
      HEALTH_PASSWORD: account.password,
    };
  }

  /** Answers what Lambda is asked to run, past API Gateway: a version, or what the alias points to. */
  invoke: Invoke = async (_name, qualifier, { httpMethod, path, headers, body }) => {
    const { Host: _, ...sent } = headers as Record<string, string>;
    const past = qualifier === "live" ? {} : { [versionHeader]: qualifier };
    const answer = await this.#ask(httpMethod, path, body ?? "", { ...sent, ...past });
    return { statusCode: answer.status, body: answer.body };
  };

  /** Sends requests to both functions, one after the other, until told to stop. */
  sendContinuously(): { stop(): Promise<{ sent: number; failed: string[] }> } {
    let isOver = false;
    const failed: string[] = [];
    let sent = 0;
    const asking = (async () => {
      while (!isOver) {
        for (const [method, path, body] of [
          ["GET", "/v1/app", ""],
          ["POST", "/v1/auth/login", JSON.stringify(account)],
        ] as const) {
          const headers = body ? { "content-type": "application/json" } : {};
          const status = await this.#ask(method, path, body, headers).then(
            (answer) => answer.status,
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
        await asking;
        return { sent, failed };
      },
    };
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    this.#server?.close();
    await this.#service?.stop();
    await rm(this.#folder, { recursive: true });
  }

  /** What a client must trust. */
  certificate(): Promise<Buffer> {
    return readFile(this.#certificate);
  }

  get #certificate(): string {
    return join(this.#folder, "certificate.pem");
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = incoming.url!.startsWith("/v1/auth/") ? "auth" : "api";
    const named = incoming.headers[versionHeader];
    const version = typeof named === "string" ? named : await this.#versionOf(id);
    if (named === undefined)
      this.served.set(`${id} ${version}`, (this.served.get(`${id} ${version}`) ?? 0) + 1);
    (this.overrides.get(version) ?? this.service)(incoming, response);
  }

  async #versionOf(id: string): Promise<string> {
    const { FunctionVersion, RoutingConfig } = await this.#environment.lambda.send(
      new GetAliasCommand({ FunctionName: `ecobeat-${this.#name}-${id}`, Name: "live" }),
    );
    const [[other, share] = ["", 0]] = Object.entries(RoutingConfig?.AdditionalVersionWeights ?? {});
    return Math.random() < share ? other : FunctionVersion!;
  }

  #ask(
    method: string,
    path: string,
    body: string,
    sent: Record<string, string>,
  ): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const headers = { ...sent, "x-api-key": apiKey };
      request(new URL(path, this.url), { method, headers, ca: this.#ca! })
        .on("response", async (answer) =>
          resolve({ status: answer.statusCode!, body: (await text(answer).catch(reject)) ?? "" }),
        )
        .on("error", reject)
        .end(body);
    });
  }
}
