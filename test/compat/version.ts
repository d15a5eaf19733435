import { randomUUID } from "node:crypto";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import { toApiGatewayEvent } from "../../scripts/aws/api-gateway-event.ts";
import { remapHeader } from "../../scripts/drill/gateway.ts";
import { isAuthPath } from "../../service/routes.ts";
import { type LambdaProcess, startLambda } from "../bundle/lambda-process.ts";
import type { Checkout, MobileClient } from "./checkout.ts";
import { type ApiDocument, ResponseSchemas } from "./response-schemas.ts";

export type VersionName = "old" | "new";

/** A version of the service and of the app. */
export class Version {
  readonly name: VersionName;
  readonly client: MobileClient;
  readonly #functions: Record<"auth" | "api", LambdaFunction>;
  #schemas: ResponseSchemas | undefined;

  private constructor(name: VersionName, { archive, client }: Checkout, environment: Record<string, string>) {
    this.name = name;
    this.client = client;
    const start = (file: string) => new LambdaFunction(startLambda({ folder: archive, file, environment }));
    this.#functions = { auth: start("auth.mjs"), api: start("api.mjs") };
  }

  /** @param environment variables of both functions */
  static async start(name: VersionName, checkout: Checkout, environment: Record<string, string>): Promise<Version> {
    const version = new Version(name, checkout, environment);
    try {
      const response = await version.respond(new Request("https://api.test/openapi.json"), "192.0.2.1");
      version.#schemas = new ResponseSchemas((await response.json()) as ApiDocument);
      return version;
    } catch (error) {
      await version.stop();
      throw error;
    }
  }

  /** The responses that the app of this version expects. */
  get schemas(): ResponseSchemas {
    return this.#schemas!;
  }

  /** @param address of the client */
  async respond(request: Request, address: string): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const event = toApiGatewayEvent({
      method: request.method,
      path: pathname,
      headers: Object.fromEntries(request.headers),
      query: Object.fromEntries([...searchParams.keys()].map((name) => [name, searchParams.getAll(name)])),
      body: request.body ? await request.clone().text() : undefined,
      requestId: randomUUID(),
    });
    event.requestContext.identity.sourceIp = address;
    const { statusCode, multiValueHeaders, body } =
      await this.#functions[isAuthPath(pathname) ? "auth" : "api"].invoke(event);
    const headers = Object.entries(multiValueHeaders ?? {}).flatMap(([name, values]) =>
      values.map((value): [string, string] => [remapHeader(name), String(value)]),
    );
    return new Response(body === "" ? null : body, { status: statusCode, headers });
  }

  /** What the version has logged about a response. */
  findLogLine(response: Response): string | undefined {
    const id = response.headers.get("X-Request-Id");
    const lines = Object.values(this.#functions).flatMap((each) => each.log().split("\n"));
    return id === null ? undefined : lines.find((line) => line.includes(id));
  }

  async stop(): Promise<void> {
    await Promise.all(Object.values(this.#functions).map((each) => each.stop()));
  }
}

/** An execution environment: it handles one request at a time. */
class LambdaFunction {
  readonly #process: LambdaProcess;
  #last: Promise<unknown> = Promise.resolve();

  constructor(process: LambdaProcess) {
    this.#process = process;
  }

  invoke(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
    const next = this.#last.then(() => this.#process.invoke(event) as Promise<APIGatewayProxyResult>);
    this.#last = next.catch(() => {});
    return next;
  }

  log(): string {
    return this.#process.log();
  }

  async stop(): Promise<void> {
    await this.#last;
    await this.#process.stop();
  }
}
