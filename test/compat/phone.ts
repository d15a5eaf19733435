import { isDeepStrictEqual } from "node:util";
import type { ActivityQueue, Client } from "../../clients/mobile/index.ts";
import { MemoryStorage } from "../clients/mobile/memory-storage.ts";
import { MemoryTokenStore } from "../clients/mobile/memory-token-store.ts";
import type { NewPerson } from "../support/service.ts";
import type { Faults } from "./faults.ts";
import type { CompatGateway, Served } from "./gateway.ts";
import type { Version } from "./version.ts";

const baseUrl = "https://api.test";

/** In place of an access token that has expired: the service refuses it, and the client refreshes it. */
const expiredToken = "expired";

/** Options of {@link Phone}. */
export interface PhoneOptions {
  /** Whose app it runs. */
  readonly version: Version;
  readonly person: NewPerson;
  readonly address: string;
  readonly gateway: CompatGateway;
  readonly faults: Faults;
}

/** Reads of resources that have an entity tag. */
type TaggedPath = "/v1/users/me" | "/v1/sessions" | "/v1/activity-kinds" | `/v1/activities/${string}`;

/** A phone with the app of one version. It checks each response. */
export class Phone {
  /** The app's name in faults. */
  readonly app: string;
  readonly client: Client;
  readonly queue: ActivityQueue;
  readonly #options: PhoneOptions;
  readonly #tokens = new MemoryTokenStore();
  /** Responses with their tags, as the app stores them to show something at once. */
  readonly #stored = new Map<string, { etag: string; body: unknown }>();

  constructor(options: PhoneOptions) {
    const { version, faults } = options;
    const { createClient, ActivityQueue } = version.client;
    this.#options = options;
    this.app = `the ${version.name} app`;
    this.client = createClient({
      baseUrl,
      apiKey: "of the app",
      tokens: this.#tokens,
      device: this.app,
      fetch: (request) => this.#send(request),
      onSessionEnded: () => faults.add(`${this.app} was logged out`),
    });
    this.queue = new ActivityQueue({
      client: this.client,
      storage: new MemoryStorage(),
      userId: options.person.email,
      randomUUID: () => crypto.randomUUID(),
      onRefused: (activity, problem) =>
        faults.add(`${this.app} lost an activity that was refused`, JSON.stringify({ activity, problem })),
      onUnreadable: (value) => faults.add(`${this.app} could not read its queue`, value),
    });
  }

  get device(): string {
    return this.app;
  }

  /** Lets the access token expire. */
  expireToken(): void {
    const { tokens } = this.#tokens;
    if (tokens) this.#tokens.tokens = { ...tokens, accessToken: expiredToken };
  }

  /** Reads as the app does: with the tag of what it has stored, which it keeps if that has not changed. */
  async read<Body>(path: TaggedPath): Promise<{ etag: string; body: Body } | undefined> {
    const stored = this.#stored.get(path);
    const headers = stored && { "If-None-Match": stored.etag };
    // Paths are typed one by one.
    const { data, response } = await this.client.api.GET(path as "/v1/users/me", { headers: headers ?? {} });
    const etag = response.headers.get("ETag");
    if (response.status === 304) return stored as { etag: string; body: Body };
    if (!response.ok || etag === null) return undefined;
    const read = { etag, body: data as Body };
    this.#stored.set(path, read);
    return read;
  }

  async #send(request: Request): Promise<Response> {
    const { gateway, address } = this.#options;
    const served = await gateway.send(request.clone(), address);
    const { status } = served.response;
    if (status === 304) await this.#checkNotModified(request, served);
    else if (status >= 400) await this.#checkProblem(request, served);
    else await this.#checkBody(request, served);
    return served.response;
  }

  /** The same request without the tag, to the same version, must give what the app has. */
  async #checkNotModified(request: Request, { version, phase }: Served): Promise<void> {
    const { pathname } = new URL(request.url);
    const whole = request.clone();
    whole.headers.delete("If-None-Match");
    const body = await (await version.respond(whole, this.#options.address)).json();
    const stored = this.#stored.get(pathname)?.body;
    if (isDeepStrictEqual(body, stored)) return;
    this.#report(
      `the ${version.name} version sent 304 for a response that ${this.app} has from before`,
      request,
      phase.name,
      `304, and without If-None-Match ${JSON.stringify(body)}, not ${JSON.stringify(stored)}`,
    );
  }

  async #checkProblem(request: Request, { response, version, phase }: Served): Promise<void> {
    const isProvoked = response.status === 401 && request.headers.get("Authorization") === `Bearer ${expiredToken}`;
    if (isProvoked) return;
    this.#report(
      `the ${version.name} version refused a request of ${this.app} with ${response.status}`,
      request,
      phase.name,
      // The response to an internal error does not say what it was.
      (response.status >= 500 && version.findLogLine(response)) || (await response.clone().text()),
    );
  }

  async #checkBody(request: Request, { response, version, phase }: Served): Promise<void> {
    const text = await response.clone().text();
    const body: unknown = text === "" ? undefined : JSON.parse(text);
    const { schemas } = this.#options.version;
    const faults = schemas.findFaults(request.method, new URL(request.url).pathname, response.status, body);
    if (faults.length === 0) return;
    this.#report(
      `the ${version.name} version sent a response that ${this.app} does not expect`,
      request,
      phase.name,
      `${faults.join("; ")}: ${text}`,
    );
  }

  #report(what: string, { method, url }: Request, phase: string, example: string): void {
    const { pathname, search } = new URL(url);
    const template = this.#options.version.schemas.toTemplate(pathname);
    this.#options.faults.add(`${what} (${method} ${template})`, `${phase}: ${method} ${pathname}${search}: ${example}`);
  }
}
