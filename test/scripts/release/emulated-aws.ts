import { createHash } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import type { DescribeAlarmsCommandInput } from "@aws-sdk/client-cloudwatch";
import type { GetLogEventsCommandInput } from "@aws-sdk/client-cloudwatch-logs";
import type { AliasRoutingConfiguration } from "@aws-sdk/client-lambda";
import type { APIGatewayProxyEvent } from "aws-lambda";
import type { MigrationOutcome, MigrationResult } from "../../../service/contract.ts";
import type { SentRequest } from "../../support/aws-actions.ts";
import { servePage } from "../../support/aws-pages.ts";
import type { FakeCodeDeploy } from "../../support/fake-code-deploy.ts";
import { listenHttp } from "../../support/listen.ts";

/** What `migrate` returns after it has created indexes. */
export const createMigrationOutcome = (...created: string[]): MigrationOutcome => ({
  created,
  dropped: [],
  done: true,
  startedAt: "2026-11-30T12:00:00.000Z",
  migrations: [],
});

/** These determine account, service and action in the emulator. */
const forwardedHeaders = ["authorization", "content-type", "x-amz-target"];

const changes = ["PUT /code", "POST /versions", "PUT /aliases/live"] as const;
type Change = (typeof changes)[number];

interface ChangeInput {
  readonly Architectures?: string[];
  readonly CodeSha256?: string;
  readonly RevisionId?: string;
  readonly ZipFile?: string;
}

interface EmulatorResponse {
  readonly status: number;
  readonly body: string | Uint8Array;
  readonly error?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Invokes a version of a function. @returns its response */
export type Invoke = (functionName: string, qualifier: string, event: APIGatewayProxyEvent) => Promise<object>;

/**
 * The AWS emulator with features that its Lambda does not have. Aliases and functions get another revision with each change, and a change
 * with an older one is refused. A published version must have the named hash. Archives can be downloaded, and versions can be invoked.
 * It adds CodeDeploy, and alarms: the emulator does not support the JSON protocol of CloudWatch. It serves lists in pages.
 */
export class EmulatedAws {
  /** Runs before a function, its alias or its versions change, for example to change them first. */
  beforeChange: (functionName: string, call: Change) => Promise<void> = async () => {};
  codeDeploy: FakeCodeDeploy | undefined;
  /** Names of the alarms in the state ALARM. */
  alarms: readonly string[] = [];
  /** Whether CloudWatch accepts requests for alarms, and does not respond. */
  areAlarmsSilent = false;
  invoke: Invoke | undefined;
  /** What the function `migrate` does. @returns its result, or how it fails */
  migrate: () => Promise<MigrationResult | { readonly errorMessage: string }> = async () => createMigrationOutcome();
  /** Calls that change a function or create indexes, in order, such as `ecobeat-staging-migrate runs HASH`. */
  readonly events: string[] = [];
  /** All requests, in order. */
  readonly requests: SentRequest[] = [];
  /** Updates of aliases, in order, such as `ecobeat-staging-api 7+8`. */
  readonly aliasUpdates: string[] = [];
  #url = "";
  readonly #emulator: string;
  readonly #revisions = new Map<string, number>();
  /** Of `$LATEST`, by the function's name. */
  readonly #hashes = new Map<string, string>();
  /** By the function's name: the emulator keeps those of the creation. */
  readonly #architectures = new Map<string, string[]>();
  readonly #archives = new Map<string, Buffer>();
  /** The last call about a function: calls run one after the other, so that none sees another half done. */
  readonly #calls = new Map<string, Promise<unknown>>();
  readonly #server = createServer(async (request, response) => {
    const sent = await buffer(request);
    const { method, url, headers: received } = request;
    const target = received["x-amz-target"]?.toString();
    this.requests.push({ method: method!, url: url!, ...(target !== undefined && { target }) });
    const { status, body, error, headers } = await servePage(
      { method: method!, path: url!, target, body: `${sent}` },
      () => this.#serve(request, sent),
    );
    const type = error ? { "x-amzn-errortype": error } : {};
    response.writeHead(status, { "content-type": "application/json", ...type, ...headers }).end(body);
  });

  constructor(emulator: string) {
    this.#emulator = emulator;
  }

  async start(): Promise<string> {
    this.#url ||= await listenHttp(this.#server);
    return this.#url;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Hash of the archive of a function's `$LATEST`. */
  getArchiveHash(functionName: string): string | undefined {
    return this.#hashes.get(functionName);
  }

  /** Replaces the bytes of an archive. @returns what restores them */
  corruptArchive(sha256: string): () => void {
    const archive = this.#archives.get(sha256)!;
    this.#archives.set(sha256, Buffer.from("corrupt"));
    return () => this.#archives.set(sha256, archive);
  }

  async #serve(request: IncomingMessage, sent: Buffer): Promise<EmulatorResponse> {
    const [service, operation] = `${request.headers["x-amz-target"]}`.split(".");
    if (service === "CodeDeploy_20141006") return this.codeDeploy!.respond(operation!, sent.toString());
    if (operation === "GetLogEvents") return this.#getLogEvents(request, JSON.parse(sent.toString()));
    if (this.areAlarmsSilent && operation === "DescribeAlarms") return new Promise(() => {});
    if (service === "GraniteServiceVersion20100801") return this.#describeAlarms(JSON.parse(sent.toString()));
    const { searchParams } = new URL(request.url!, this.#url);
    const archive = searchParams.get("archive");
    if (archive) return { status: 200, body: this.#archives.get(archive)! };
    const path = request.url!.split("?")[0]!;
    const [, name = "", part = ""] = /^\/2015-03-31\/functions(?:\/([^/]+))?(.*)$/.exec(path) ?? [];
    const input = name && request.method !== "GET" && sent.length > 0 ? JSON.parse(sent.toString()) : {};
    if (part === "/invocations" && name.endsWith("-migrate")) {
      this.events.push(`${name} runs ${this.getArchiveHash(name)}`);
      const result = await this.migrate();
      const failure = "errorMessage" in result && { headers: { "x-amz-function-error": "Unhandled" } };
      return { status: 200, body: JSON.stringify(result), ...failure };
    }
    if (part === "/invocations") {
      const response = await this.invoke!(name, searchParams.get("Qualifier")!, input);
      return { status: 200, body: JSON.stringify(response) };
    }
    const change = changes.find((call) => call === `${request.method} ${part}`);
    if (change) await this.beforeChange(name, change);
    return this.#inTurn(name, async () => {
      const refused = change && this.#refuse(change, name, input);
      if (refused) return refused;
      const response = await this.#forward(request, sent);
      if (response.status >= 300) return response;
      if (change === "PUT /aliases/live") this.aliasUpdates.push(`${name} ${formatVersions(input)}`);
      if (change) this.events.push(`${name} ${change}`);
      if (request.method !== "GET" && /\/functions\/?$|\/code$/.test(path)) this.#keep(sent);
      return { ...response, body: this.#complete(part, name, response.body) };
    });
  }

  /** CloudWatch Logs returns small pages if it likes, and empty ones with more events behind them. */
  async #getLogEvents(request: IncomingMessage, input: GetLogEventsCommandInput): Promise<EmulatorResponse> {
    const nextToken = input.nextToken === "empty" ? undefined : input.nextToken;
    const page = await this.#forward(request, Buffer.from(JSON.stringify({ ...input, nextToken, limit: 1 })));
    const isFirst = input.nextToken === undefined && page.status === 200;
    return isFirst ? { ...page, body: JSON.stringify({ events: [], nextBackwardToken: "empty" }) } : page;
  }

  /** CloudWatch returns small pages if it likes, and empty ones with more alarms behind them. */
  #describeAlarms(input: DescribeAlarmsCommandInput): EmulatorResponse {
    const { StateValue, AlarmNames, AlarmNamePrefix = "", NextToken = "0" } = input;
    if (AlarmNames && AlarmNamePrefix)
      return { status: 400, body: "{}", error: "InvalidParameterCombinationException" };
    const found = (StateValue === "ALARM" ? this.alarms : []).filter(
      (name) => name.startsWith(AlarmNamePrefix) && (AlarmNames?.includes(name) ?? true),
    );
    const page = Number(NextToken);
    const MetricAlarms = found.slice(page - 1, page).map((AlarmName) => ({ AlarmName }));
    const more = page < found.length && { NextToken: `${page + 1}` };
    return { status: 200, body: JSON.stringify({ MetricAlarms: page === 0 ? [] : MetricAlarms, ...more }) };
  }

  #inTurn(name: string, call: () => Promise<EmulatorResponse>): Promise<EmulatorResponse> {
    const response = (this.#calls.get(name) ?? Promise.resolve()).then(call);
    this.#calls.set(
      name,
      response.catch(() => {}),
    );
    return response;
  }

  #refuse(call: Change, name: string, input: ChangeInput): EmulatorResponse | undefined {
    const key = call === "PUT /aliases/live" ? `${name}:live` : name;
    if (input.RevisionId !== undefined && input.RevisionId !== this.#revision(key)) {
      return { status: 412, body: '{"Message":"said Lambda"}', error: "PreconditionFailedException" };
    }
    if (call === "POST /versions" && input.CodeSha256 !== this.#hashes.get(name)) {
      const body = '{"Message":"CodeSHA256 is different from current CodeSHA256 in $LATEST"}';
      return { status: 400, body, error: "InvalidParameterValueException" };
    }
    if (call !== "POST /versions") this.#revisions.set(key, (this.#revisions.get(key) ?? 0) + 1);
    if (input.ZipFile) this.#hashes.set(name, computeHash(input.ZipFile));
    if (input.Architectures) this.#architectures.set(name, input.Architectures);
    return undefined;
  }

  #keep(sent: Buffer): void {
    const { FunctionName, ZipFile = "", Code } = JSON.parse(sent.toString());
    const archive = Code?.ZipFile ?? ZipFile;
    this.#archives.set(computeHash(archive), Buffer.from(archive, "base64"));
    if (FunctionName) this.#hashes.set(FunctionName, computeHash(archive));
  }

  #complete(part: string, name: string, body: string): string {
    if (part === "/aliases/live") return withRevision(body, this.#revision(`${name}:live`));
    if (part === "/configuration") {
      const Architectures = this.#architectures.get(name);
      return JSON.stringify({
        ...JSON.parse(body),
        RevisionId: this.#revision(name),
        ...(Architectures && { Architectures }),
      });
    }
    if (part !== "" || !name || !body.includes('"Location"')) return body;
    const described = JSON.parse(body);
    const Location = `${this.#url}/?archive=${encodeURIComponent(described.Configuration.CodeSha256)}`;
    return JSON.stringify({ ...described, Code: { ...described.Code, Location } });
  }

  async #forward(request: IncomingMessage, sent: Buffer): Promise<{ status: number; body: string }> {
    const response = await fetch(new URL(request.url!, this.#emulator), {
      method: request.method!,
      headers: Object.fromEntries(
        forwardedHeaders.flatMap((name) => {
          const value = request.headers[name];
          return value === undefined ? [] : [[name, String(value)]];
        }),
      ),
      ...(sent.length > 0 && { body: sent }),
    });
    return { status: response.status, body: await response.text() };
  }

  #revision(key: string): string {
    return `revision ${this.#revisions.get(key) ?? 0}`;
  }
}

const formatVersions = (input: { FunctionVersion: string; RoutingConfig?: AliasRoutingConfiguration }): string =>
  [input.FunctionVersion, ...Object.keys(input.RoutingConfig?.AdditionalVersionWeights ?? {})].join("+");

const withRevision = (body: string, RevisionId: string): string => JSON.stringify({ ...JSON.parse(body), RevisionId });

const computeHash = (base64: string): string =>
  createHash("sha256").update(Buffer.from(base64, "base64")).digest("base64");
