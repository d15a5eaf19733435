import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { type RequestKind, requestKinds, requestMix } from "../../scripts/capacity/traffic-model.ts";
import type { ActivityBody } from "../../service/activities/response-schemas.ts";
import type { ApiResponse, RequestOptions, Send } from "./client.ts";
import { RecordedActivities, recordedKinds } from "./recorded-activities.ts";

const hundred = requestKinds.flatMap((kind) => Array<RequestKind>(requestMix[kind]).fill(kind));

/** A random kind of request of the mixed workload, which is that of the traffic model. */
export const pickRequestKind = (): RequestKind => hundred[Math.floor(Math.random() * hundred.length)]!;

export interface RequestResult {
  kind: RequestKind;
  status: number;
  /** When it was sent, by `performance.now()`. */
  sentAt: number;
  milliseconds: number;
  /** Type of the problem in the response. */
  problem?: string;
  /** What is wrong with the response. A 429 or 503 with `Retry-After` is not wrong. */
  fault?: string;
}

/** A request that is not sent yet. */
interface PlannedRequest {
  method: string;
  path: string;
  body?: unknown;
  /** Processes the body of the response. Returns what is wrong with it. */
  // biome-ignore lint/suspicious/noExplicitAny: it checks what the service has sent
  read(body: any): string | undefined;
}

interface Tokens {
  access_token: string;
  refresh_token: string;
  expires_in: number;
}

const listLimit = 20;
const allLimit = 100;

/** An access token is refreshed this long before it expires. */
const refreshMarginMs = 60_000;

/** One user's app. It sends one request after the other, and knows what the responses must be. */
export class VirtualUser {
  readonly #send: Send;
  readonly #account: { readonly email: string; readonly password: string };
  readonly #profile: unknown;
  readonly #recorded = new RecordedActivities();
  #tokens!: Tokens;
  #tokenExpiresAt = 0;
  #kinds: unknown;
  #lastKind: RequestKind | undefined;
  /** The service may have rotated the refresh token: after the grace period, it accepts the token again only a few times. */
  #isRefreshUnanswered = false;

  /** Registers a new user. */
  static async register(send: Send): Promise<VirtualUser> {
    const account = { email: `person-${randomUUID()}@example.com`, password: "a long passphrase" };
    const { status, body } = await send("POST", "/v1/auth/register", { body: { ...account, name: "Ann" } });
    if (status !== 201) throw new Error(`The registration returned ${status} ${JSON.stringify(body)}.`);
    return new VirtualUser(send, account, body);
  }

  private constructor(
    send: Send,
    account: { readonly email: string; readonly password: string },
    registered: Tokens & { user: unknown },
  ) {
    this.#send = send;
    this.#account = account;
    this.#profile = registered.user;
    this.#storeTokens(registered);
  }

  /** Sends a request of a kind, or what must precede it: a refresh, or a first batch if there is nothing to read. */
  async sendRequest(requested: RequestKind): Promise<RequestResult> {
    const kind = this.#chooseKind(requested);
    this.#lastKind = kind;
    if (kind === "refresh") this.#isRefreshUnanswered = true;
    const { method, path, body, read } = this.#plan(kind);
    const sentAt = performance.now();
    const response = await this.#send(method, path, this.#authorize(body));
    const milliseconds = performance.now() - sentAt;
    const { status } = response;
    const fault = status === 200 ? read(response.body) : findErrorFault(response);
    return {
      kind,
      status,
      sentAt,
      milliseconds,
      ...(status !== 200 && { problem: String(response.body?.type) }),
      ...(fault !== undefined && { fault: `${kind}: ${fault}` }),
    };
  }

  /** Reads everything that was ever accepted. Returns what is wrong with it. */
  async readBack(): Promise<string | undefined> {
    const activities: ActivityBody[] = [];
    let cursor = "";
    do {
      const path = `/v1/activities?limit=${allLimit}${cursor && `&cursor=${cursor}`}`;
      const { status, body } = await this.#send("GET", path, this.#authorize());
      if (status !== 200) return `reading all returned ${status}`;
      activities.push(...body.activities);
      cursor = body.next_cursor;
    } while (cursor);
    return this.#recorded.findFault(activities);
  }

  /** Deletes the account with all its data. */
  async deleteAccount(): Promise<void> {
    await this.#send("DELETE", "/v1/users/me", this.#authorize());
  }

  #chooseKind(requested: RequestKind): RequestKind {
    const isRefreshDue =
      (this.#isRefreshUnanswered && this.#lastKind !== "refresh") ||
      this.#tokenExpiresAt - Date.now() < refreshMarginMs;
    if (isRefreshDue) return "refresh";
    return requested === "activity" && !this.#recorded.pickActivity() ? "batch" : requested;
  }

  #authorize(body?: unknown): RequestOptions {
    return { token: this.#tokens.access_token, ...(body !== undefined && { body }) };
  }

  #plan(kind: RequestKind): PlannedRequest {
    type Read = PlannedRequest["read"];
    const get = (path: string, read: Read): PlannedRequest => ({ method: "GET", path, read });
    const post = (path: string, body: unknown, read: Read) => ({ method: "POST", path, body, read });
    const recorded = this.#recorded;
    switch (kind) {
      case "profile":
        return get("/v1/users/me", (body) => (isDeepStrictEqual(body, this.#profile) ? undefined : "another profile"));
      case "list": {
        const filter = [undefined, ...recordedKinds][Math.floor(Math.random() * (1 + recordedKinds.length))];
        return get(`/v1/activities?limit=${listLimit}${filter ? `&kind=${filter}` : ""}`, (body) =>
          recorded.findPageFault(body, listLimit, filter),
        );
      }
      case "activity": {
        const expected = recorded.pickActivity()!;
        return get(`/v1/activities/${expected.id}`, (body) => recorded.findActivityFault(body, expected));
      }
      case "summary":
        return get(`/v1/activities/summary?month=${new Date().toISOString().slice(0, 7)}`, (body) =>
          recorded.findSummaryFault(body),
        );
      case "kinds":
        return get("/v1/activity-kinds", (body) => {
          this.#kinds ??= body;
          return isDeepStrictEqual(body, this.#kinds) ? undefined : "another table";
        });
      case "batch":
        return post("/v1/activities", { activities: recorded.batch() }, (body) => recorded.accept(body));
      case "refresh":
        return post("/v1/auth/refresh", { refresh_token: this.#tokens.refresh_token }, (body) =>
          this.#storeTokens(body),
        );
      case "login":
        return post("/v1/auth/login", this.#account, (body) => this.#storeTokens(body));
    }
  }

  #storeTokens(tokens: Tokens): undefined {
    this.#tokens = tokens;
    this.#tokenExpiresAt = Date.now() + tokens.expires_in * 1000;
    this.#isRefreshUnanswered = false;
  }
}

/** If a dependency is down or a rate limit is reached, the response is a problem with the time to wait. */
function findErrorFault({ status, headers, body }: ApiResponse): string | undefined {
  const isExpected =
    (status === 503 || status === 429) &&
    headers.get("content-type")?.startsWith("application/problem+json") &&
    body.status === status &&
    Number(headers.get("retry-after")) > 0;
  return isExpected ? undefined : `returned ${status} ${JSON.stringify(body)}`;
}
