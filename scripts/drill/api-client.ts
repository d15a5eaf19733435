import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";

/** An activity in a request. */
export interface SentActivity {
  readonly id: string;
  readonly kind: string;
  readonly quantity: number;
  readonly occurred_at: string;
}

/** The credentials of a user. */
export interface Account {
  readonly email: string;
  readonly password: string;
}

/** Status 0: no response. */
interface ApiResponse {
  readonly status: number;
  readonly body?: unknown;
}

const responseTimeoutMs = 10_000;

/** A client of the public API that behaves as the app does: it refreshes its tokens, or logs in again. */
export class ApiClient {
  /** How often the client had to log in again because its session was gone. */
  repeatedLogins = 0;
  readonly account: Account;
  readonly #api: string;
  readonly #apiKey: string;
  #accessToken = "";
  #refreshToken = "";

  constructor(api: string, apiKey: string, account: Account) {
    this.#api = api;
    this.#apiKey = apiKey;
    this.account = account;
  }

  /** A client of the same user, without a session. */
  createSecondClient(): ApiClient {
    return new ApiClient(this.#api, this.#apiKey, this.account);
  }

  get accessToken(): string {
    return this.#accessToken;
  }

  /** @returns the status of the response, as do {@link logIn} and {@link refresh} */
  register(name: string): Promise<number> {
    return this.#startSession("register", { ...this.account, name });
  }

  logIn(): Promise<number> {
    return this.#startSession("login", this.account);
  }

  refresh(): Promise<number> {
    return this.#startSession("refresh", { refresh_token: this.#refreshToken });
  }

  /** @returns whether the service confirmed that the activity is stored */
  async record(activity: SentActivity): Promise<boolean> {
    const { status, body } = await this.#sendSignedIn("POST", "/v1/activities", { activities: [activity] });
    const results = (body as { results?: { status: string }[] } | undefined)?.results;
    return status === 200 && ["created", "exists"].includes(results?.[0]?.status ?? "none");
  }

  async findActivity(id: string): Promise<SentActivity | undefined> {
    const { status, body } = await this.#sendSignedIn("GET", `/v1/activities/${id}`);
    return status === 200 ? (body as SentActivity) : undefined;
  }

  /** All activities of the user, by id. */
  async listActivities(): Promise<Map<string, SentActivity>> {
    const found = new Map<string, SentActivity>();
    let cursor: string | null = "";
    do {
      const path: string = `/v1/activities?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
      const { status, body } = await this.#sendSignedIn("GET", path);
      if (status !== 200) throw new Error(`The list of activities returned ${status}.`);
      const page = body as { activities: SentActivity[]; next_cursor: string | null };
      for (const activity of page.activities) found.set(activity.id, activity);
      cursor = page.next_cursor;
    } while (cursor);
    return found;
  }

  async #startSession(operation: string, body: object): Promise<number> {
    const response = await this.#send("POST", `/v1/auth/${operation}`, body);
    const tokens = response.body as { access_token?: string; refresh_token?: string } | undefined;
    if (tokens?.access_token && tokens.refresh_token) {
      this.#accessToken = tokens.access_token;
      this.#refreshToken = tokens.refresh_token;
    }
    return response.status;
  }

  async #sendSignedIn(method: string, path: string, body?: object): Promise<ApiResponse> {
    const response = await this.#send(method, path, body);
    if (response.status !== 401) return response;
    if ((await this.refresh()) === 401 && (await this.logIn()) === 200) this.repeatedLogins += 1;
    return this.#send(method, path, body);
  }

  async #send(method: string, path: string, body?: object): Promise<ApiResponse> {
    const response = await fetch(this.#api + path, {
      method,
      signal: AbortSignal.timeout(responseTimeoutMs),
      headers: {
        ...(body && { "content-type": "application/json" }),
        "x-api-key": this.#apiKey,
        ...(this.#accessToken && { authorization: `Bearer ${this.#accessToken}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    }).catch(() => undefined);
    if (!response) return { status: 0 };
    const text = await response.text().catch(() => "");
    const isJson = response.headers.get("content-type")?.includes("json");
    return { status: response.status, ...(isJson && { body: JSON.parse(text) }) };
  }
}

/** An activity that is not recorded yet. */
export const createActivity = (): SentActivity => ({
  id: randomUUID(),
  kind: "bike_trip",
  quantity: Math.ceil(Math.random() * 20_000) / 1_000,
  occurred_at: new Date().toISOString(),
});

const writePauseMs = 50;

/** A write that the service has confirmed. */
export interface ConfirmedWrite {
  readonly client: ApiClient;
  readonly activity: SentActivity;
  /** When the response arrived, in milliseconds since the epoch. */
  readonly at: number;
}

/** Users who record activities one after the other, in every state of the service. */
export class Traffic {
  /** Confirmed writes, in order. */
  readonly confirmed: ConfirmedWrite[] = [];
  /** Number of writes that were not confirmed. */
  failed = 0;
  #clients: readonly ApiClient[] = [];
  #isStopped = false;
  #ended = Promise.resolve();

  start(clients: readonly ApiClient[]): void {
    this.#clients = clients;
    this.#ended = this.#run();
  }

  /** How often users had to log in again. */
  get repeatedLogins(): number {
    return this.#clients.reduce((sum, client) => sum + client.repeatedLogins, 0);
  }

  /** Resolves when no write is in progress. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#ended;
  }

  async #run(): Promise<void> {
    for (let turn = 0; !this.#isStopped; turn++) {
      const client = this.#clients[turn % this.#clients.length]!;
      const activity = createActivity();
      if (await client.record(activity)) this.confirmed.push({ client, activity, at: Date.now() });
      else this.failed += 1;
      await wait(writePauseMs);
    }
  }
}
