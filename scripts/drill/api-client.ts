import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";

/** An activity as the app sends it. */
export interface SentActivity {
  readonly id: string;
  readonly kind: string;
  readonly quantity: number;
  readonly occurred_at: string;
}

/** Who logs in. */
export interface Account {
  readonly email: string;
  readonly password: string;
}

const responseTimeoutMilliseconds = 10_000;

/** A client of the public API with a user's account, as the app is one: it renews its tokens, or logs in again. */
export class ApiClient {
  readonly account: Account;
  readonly #api: string;
  readonly #apiKey: string;
  /** How often it had to log in anew, as its session was gone. */
  repeatedLogins = 0;
  #accessToken = "";
  #refreshToken = "";

  constructor(api: string, apiKey: string, account: Account) {
    this.#api = api;
    this.#apiKey = apiKey;
    this.account = account;
  }

  /** Another client of the same user, who has yet to log in on it. */
  createSecondClient(): ApiClient {
    return new ApiClient(this.#api, this.#apiKey, this.account);
  }

  get accessToken(): string {
    return this.#accessToken;
  }

  /** @returns the status of the answer */
  register(name: string): Promise<number> {
    return this.#open("/v1/auth/register", { ...this.account, name });
  }

  /** @returns the status of the answer */
  logIn(): Promise<number> {
    return this.#open("/v1/auth/login", this.account);
  }

  /** @returns the status of the answer */
  refresh(): Promise<number> {
    return this.#open("/v1/auth/refresh", { refresh_token: this.#refreshToken });
  }

  /** @returns whether it is stored by now */
  async record(activity: SentActivity): Promise<boolean> {
    const { status, body } = await this.#sendSignedIn("POST", "/v1/activities", { activities: [activity] });
    const results = (body as { results?: { status: string }[] } | undefined)?.results;
    return status === 200 && (results?.every(({ status }) => status !== "refused") ?? false);
  }

  async findActivity(id: string): Promise<SentActivity | undefined> {
    const { status, body } = await this.#sendSignedIn("GET", `/v1/activities/${id}`);
    return status === 200 ? (body as SentActivity) : undefined;
  }

  /** All that the user has recorded, by id. */
  async listActivities(): Promise<Map<string, SentActivity>> {
    const found = new Map<string, SentActivity>();
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const { status, body } = await this.#sendSignedIn("GET", `/v1/activities?limit=100${query}`);
      if (status !== 200) throw new Error(`The list of activities answered ${status}.`);
      const page = body as { activities: SentActivity[]; next_cursor: string | null };
      for (const activity of page.activities) found.set(activity.id, activity);
      cursor = page.next_cursor;
    } while (cursor !== null);
    return found;
  }

  async #open(path: string, body: object): Promise<number> {
    const answer = await this.#send("POST", path, body);
    const tokens = answer.body as { access_token?: string; refresh_token?: string } | undefined;
    if (tokens?.access_token && tokens.refresh_token) {
      this.#accessToken = tokens.access_token;
      this.#refreshToken = tokens.refresh_token;
    }
    return answer.status;
  }

  async #sendSignedIn(method: string, path: string, body?: object): Promise<ApiResponse> {
    const answer = await this.#send(method, path, body);
    if (answer.status !== 401) return answer;
    if ((await this.refresh()) === 401 && (await this.logIn()) === 200) this.repeatedLogins += 1;
    return this.#send(method, path, body);
  }

  async #send(method: string, path: string, body?: object): Promise<ApiResponse> {
    const response = await fetch(this.#api + path, {
      method,
      signal: AbortSignal.timeout(responseTimeoutMilliseconds),
      headers: {
        ...(body && { "content-type": "application/json" }),
        "x-api-key": this.#apiKey,
        ...(this.#accessToken && { authorization: `Bearer ${this.#accessToken}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    }).catch(() => undefined);
    if (!response) return { status: 0 };
    const text = await response.text().catch(() => "");
    return {
      status: response.status,
      ...(response.headers.get("content-type")?.includes("json") && { body: JSON.parse(text) }),
    };
  }
}

/** Status 0: no answer. */
interface ApiResponse {
  readonly status: number;
  readonly body?: unknown;
}

/** An activity that nobody has recorded yet. */
export const createActivity = (at: number): SentActivity => ({
  id: randomUUID(),
  kind: "bike_trip",
  quantity: Math.ceil(Math.random() * 20_000) / 1_000,
  occurred_at: new Date(at).toISOString(),
});

/** Between two writes. */
const writePauseMilliseconds = 50;

/** A write that the service has confirmed. */
export interface ConfirmedWrite {
  readonly client: ApiClient;
  readonly activity: SentActivity;
  /** When the answer came, in milliseconds since the epoch. */
  readonly at: number;
}

/** Users who go on recording activities, whatever happens to the service. */
export class Traffic {
  /** Writes that were confirmed, in order. */
  readonly confirmed: ConfirmedWrite[] = [];
  /** How many writes were not confirmed. */
  failed = 0;
  readonly #clients: readonly ApiClient[];
  #stopped = false;
  #ended = Promise.resolve();

  constructor(clients: readonly ApiClient[]) {
    this.#clients = clients;
  }

  /** How often users had to log in anew. */
  get repeatedLogins(): number {
    return this.#clients.reduce((sum, { repeatedLogins }) => sum + repeatedLogins, 0);
  }

  start(): void {
    this.#ended = this.#run();
  }

  /** Resolves when no write is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended;
  }

  async #run(): Promise<void> {
    for (let turn = 0; !this.#stopped; turn++) {
      const client = this.#clients[turn % this.#clients.length]!;
      const activity = createActivity(Date.now());
      if (await client.record(activity)) this.confirmed.push({ client, activity, at: Date.now() });
      else this.failed += 1;
      await wait(writePauseMilliseconds);
    }
  }
}
