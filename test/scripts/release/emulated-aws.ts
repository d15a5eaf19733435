import { createHash } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { DescribeAlarmsCommandInput } from "@aws-sdk/client-cloudwatch";
import type { AliasRoutingConfiguration } from "@aws-sdk/client-lambda";
import type { APIGatewayProxyEvent } from "aws-lambda";
import type { FakeCodeDeploy } from "../../support/fake-code-deploy.ts";

/** By these the emulator knows account, service and action. */
const forwardedHeaders = ["authorization", "content-type", "x-amz-target"];

const changes = ["PUT /code", "POST /versions", "PUT /aliases/live"] as const;
type Change = (typeof changes)[number];

interface Answer {
  readonly status: number;
  readonly body: string | Uint8Array;
  readonly error?: string;
}

/** Runs a version of a function: its answer to an event. */
export type Invoke = (
  functionName: string,
  qualifier: string,
  event: APIGatewayProxyEvent,
) => Promise<object>;

/**
 * The AWS emulator with what its Lambda lacks: an alias and a function have another revision after each change, and a change that names
 * an older one is refused; what is published must have the sum that is named; archives can be fetched; versions run. CodeDeploy is
 * beside it, and so are alarms: the emulator does not speak the JSON protocol of CloudWatch.
 */
export class EmulatedAws {
  /** What else happens before a function, its alias or its versions change, such as a change by somebody else. */
  beforeChange: (functionName: string, call: Change) => Promise<void> = async () => {};
  codeDeploy: FakeCodeDeploy | undefined;
  /** Names of the alarms in the state ALARM. */
  alarms: readonly string[] = [];
  invoke: Invoke | undefined;
  /** Where aliases were moved to, in order, such as `ecobeat-staging-api 7+8`. */
  readonly aliasUpdates: string[] = [];
  readonly #emulator: string;
  readonly #revisions = new Map<string, number>();
  /** Of `$LATEST`, by the function's name. */
  readonly #sums = new Map<string, string>();
  readonly #archives = new Map<string, Buffer>();
  /** The last call about a function: they are answered in turn, so that none tells of another's half. */
  readonly #calls = new Map<string, Promise<unknown>>();
  readonly #server = createServer(async (request, response) => {
    const { status, body, error } = await this.#serve(request);
    const type = error ? { "x-amzn-errortype": error } : {};
    response.writeHead(status, { "content-type": "application/json", ...type }).end(body);
  });

  constructor(emulator: string) {
    this.#emulator = emulator;
  }

  async start(): Promise<string> {
    if (!this.#server.listening) {
      await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    }
    return this.#url;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Puts other bytes where Lambda keeps an archive. @returns what puts the right ones back */
  corruptArchive(sha256: string): () => void {
    const archive = this.#archives.get(sha256)!;
    this.#archives.set(sha256, Buffer.from("spoilt"));
    return () => this.#archives.set(sha256, archive);
  }

  get #url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async #serve(request: IncomingMessage): Promise<Answer> {
    const sent = await buffer(request);
    const [service, operation] = `${request.headers["x-amz-target"]}`.split(".");
    if (service === "CodeDeploy_20141006") return this.codeDeploy!.answer(operation!, sent.toString());
    if (service === "GraniteServiceVersion20100801") return this.#describeAlarms(JSON.parse(sent.toString()));
    const { searchParams } = new URL(request.url!, this.#url);
    const archive = searchParams.get("archive");
    if (archive) return { status: 200, body: this.#archives.get(archive)! };
    const path = request.url!.split("?")[0]!;
    const [, name = "", part = ""] = /^\/2015-03-31\/functions(?:\/([^/]+))?(.*)$/.exec(path) ?? [];
    const input = name && request.method !== "GET" && sent.length > 0 ? JSON.parse(sent.toString()) : {};
    if (part === "/invocations") {
      const answer = await this.invoke!(name, searchParams.get("Qualifier")!, input);
      return { status: 200, body: JSON.stringify(answer) };
    }
    const change = changes.find((call) => call === `${request.method} ${part}`);
    if (change) await this.beforeChange(name, change);
    return this.#inTurn(name, async () => {
      const refusal = change && this.#refuse(change, name, input);
      if (refusal) return refusal;
      const answer = await this.#pass(request, sent);
      if (answer.status >= 300) return answer;
      if (change === "PUT /aliases/live") this.aliasUpdates.push(`${name} ${servingIn(input)}`);
      if (request.method !== "GET" && /\/functions\/?$|\/code$/.test(path)) this.#keep(sent);
      return { ...answer, body: this.#complete(part, name, answer.body) };
    });
  }

  #describeAlarms({ StateValue }: DescribeAlarmsCommandInput): Answer {
    const names = StateValue === "ALARM" ? this.alarms : [];
    return { status: 200, body: JSON.stringify({ MetricAlarms: names.map((AlarmName) => ({ AlarmName })) }) };
  }

  #inTurn(name: string, call: () => Promise<Answer>): Promise<Answer> {
    const answer = (this.#calls.get(name) ?? Promise.resolve()).then(call);
    this.#calls.set(
      name,
      answer.catch(() => {}),
    );
    return answer;
  }

  #refuse(call: Change, name: string, input: Record<string, string | undefined>): Answer | undefined {
    const key = call === "PUT /aliases/live" ? `${name}:live` : name;
    if (input.RevisionId !== undefined && input.RevisionId !== this.#revision(key)) {
      return { status: 412, body: '{"Message":"said Lambda"}', error: "PreconditionFailedException" };
    }
    if (call === "POST /versions" && input.CodeSha256 !== this.#sums.get(name)) {
      const body = '{"Message":"CodeSHA256 is different from current CodeSHA256 in $LATEST"}';
      return { status: 400, body, error: "InvalidParameterValueException" };
    }
    if (call !== "POST /versions") this.#revisions.set(key, (this.#revisions.get(key) ?? 0) + 1);
    if (input.ZipFile) this.#sums.set(name, sumOf(input.ZipFile));
    return undefined;
  }

  #keep(sent: Buffer): void {
    const { FunctionName, ZipFile = "", Code } = JSON.parse(sent.toString());
    const archive = Code?.ZipFile ?? ZipFile;
    this.#archives.set(sumOf(archive), Buffer.from(archive, "base64"));
    if (FunctionName) this.#sums.set(FunctionName, sumOf(archive));
  }

  #complete(part: string, name: string, body: string): string {
    if (part === "/aliases/live") return withRevision(body, this.#revision(`${name}:live`));
    if (part === "/configuration") return withRevision(body, this.#revision(name));
    if (part !== "" || !name || !body.includes('"Location"')) return body;
    const told = JSON.parse(body);
    const Location = `${this.#url}/?archive=${encodeURIComponent(told.Configuration.CodeSha256)}`;
    return JSON.stringify({ ...told, Code: { ...told.Code, Location } });
  }

  async #pass(request: IncomingMessage, sent: Buffer): Promise<{ status: number; body: string }> {
    const answer = await fetch(new URL(request.url!, this.#emulator), {
      method: request.method!,
      headers: Object.fromEntries(
        forwardedHeaders.flatMap((name) => {
          const value = request.headers[name];
          return value === undefined ? [] : [[name, String(value)]];
        }),
      ),
      ...(sent.length > 0 && { body: sent }),
    });
    return { status: answer.status, body: await answer.text() };
  }

  #revision(key: string): string {
    return `revision ${this.#revisions.get(key) ?? 0}`;
  }
}

const servingIn = (input: { FunctionVersion: string; RoutingConfig?: AliasRoutingConfiguration }): string =>
  [input.FunctionVersion, ...Object.keys(input.RoutingConfig?.AdditionalVersionWeights ?? {})].join("+");

const withRevision = (body: string, RevisionId: string): string =>
  JSON.stringify({ ...JSON.parse(body), RevisionId });

const sumOf = (base64: string): string =>
  createHash("sha256").update(Buffer.from(base64, "base64")).digest("base64");
