import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { ActivityBody } from "../../service/activities/body.ts";
import type { ApiResponse, RequestOptions, Send } from "./client.ts";
import type { RequestKind } from "./mixed-day.ts";
import { RecordedActivities, recordedKinds } from "./recorded-activities.ts";

/** What became of one request. */
export interface RequestResult {
  kind: RequestKind;
  status: number;
  /** When it was sent, by `performance.now()`. */
  sentAt: number;
  milliseconds: number;
  /** Type of the problem that was answered. */
  problem?: string;
  /** What is wrong with the answer. A refusal that says when to come again is in order. */
  fault?: string;
}

/** A request that is to be sent. */
interface PlannedRequest {
  method: string;
  path: string;
  body?: unknown;
  /** Takes the answer's body in; returns what is wrong with it. */
  // biome-ignore lint/suspicious/noExplicitAny: it checks whatever the service has answered
  read(body: any): string | undefined;
}

const listLimit = 20;
const allLimit = 100;

/** An access token is replaced so long before it ends. */
const marginMilliseconds = 60_000;

/** What a user registers with. */
interface Account {
  readonly email: string;
  readonly password: string;
  readonly name: string;
}

/** One user's app, that sends one request after the other and knows what the answers must be. */
export class VirtualUser {
  readonly #send: Send;
  readonly #person: Account;
  readonly #profile: unknown;
  readonly #recorded = new RecordedActivities();
  #tokens: { access_token: string; refresh_token: string };
  #tokenEndsAt: number;
  #kinds: unknown;
  #lastKind: RequestKind | undefined;
  /** The session may have gone on without this phone: it must ask again within the grace time. */
  #refreshIsUnanswered = false;

  /** Registers somebody new. */
  static async register(send: Send): Promise<VirtualUser> {
    const person = {
      email: `person-${randomUUID()}@example.com`,
      password: "a long passphrase",
      name: "Ann",
    };
    const { status, body } = await send("POST", "/v1/auth/register", { body: person });
    if (status !== 201) throw new Error(`The registration was answered ${status} ${JSON.stringify(body)}.`);
    return new VirtualUser(send, person, body);
  }

  // biome-ignore lint/suspicious/noExplicitAny: the answer to the registration
  private constructor(send: Send, person: Account, registered: any) {
    this.#send = send;
    this.#person = person;
    this.#profile = registered.user;
    this.#tokens = registered;
    this.#tokenEndsAt = Date.now() + registered.expires_in * 1000;
  }

  /** Sends a request of a kind, or what is due before it: a refresh, or a first batch where there is nothing to read. */
  async ask(wished: RequestKind): Promise<RequestResult> {
    const kind = this.#due(wished);
    this.#lastKind = kind;
    if (kind === "refresh") this.#refreshIsUnanswered = true;
    const { method, path, body, read } = this.#question(kind);
    const sentAt = performance.now();
    const answer = await this.#send(method, path, this.#with(body));
    const milliseconds = performance.now() - sentAt;
    const { status } = answer;
    const fault = status === 200 ? read(answer.body) : faultOfRefusal(answer);
    return {
      kind,
      status,
      sentAt,
      milliseconds,
      ...(status !== 200 && { problem: String(answer.body?.type) }),
      ...(fault !== undefined && { fault: `${kind}: ${fault}` }),
    };
  }

  /** Reads all that was ever accepted; returns what is wrong with it. */
  async readBack(): Promise<string | undefined> {
    const activities: ActivityBody[] = [];
    let cursor = "";
    do {
      const path = `/v1/activities?limit=${allLimit}${cursor && `&cursor=${cursor}`}`;
      const { status, body } = await this.#send("GET", path, this.#with());
      if (status !== 200) return `reading all was answered ${status}`;
      activities.push(...body.activities);
      cursor = body.next_cursor;
    } while (cursor);
    return this.#recorded.findFault(activities);
  }

  /** Deletes the account with all that is stored of it. */
  async deleteAccount(): Promise<void> {
    await this.#send("DELETE", "/v1/users/me", this.#with());
  }

  #due(wished: RequestKind): RequestKind {
    const isRefreshDue =
      (this.#refreshIsUnanswered && this.#lastKind !== "refresh") ||
      this.#tokenEndsAt - Date.now() < marginMilliseconds;
    if (isRefreshDue) return "refresh";
    return wished === "activity" && !this.#recorded.pickActivity() ? "batch" : wished;
  }

  #with(body?: unknown): RequestOptions {
    return { token: this.#tokens.access_token, ...(body !== undefined && { body }) };
  }

  #question(kind: RequestKind): PlannedRequest {
    const get = (path: string, read: PlannedRequest["read"]): PlannedRequest => ({
      method: "GET",
      path,
      read,
    });
    const post = (path: string, body: unknown, read: PlannedRequest["read"]): PlannedRequest => ({
      method: "POST",
      path,
      body,
      read,
    });
    const recorded = this.#recorded;
    switch (kind) {
      case "profile":
        return get("/v1/users/me", (body) =>
          unless(isDeepStrictEqual(body, this.#profile), "another profile"),
        );
      case "list": {
        const of = [undefined, ...recordedKinds][Math.floor(Math.random() * (1 + recordedKinds.length))];
        return get(`/v1/activities?limit=${listLimit}${of ? `&kind=${of}` : ""}`, (body) =>
          recorded.findPageFault(body, listLimit, of),
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
          return unless(isDeepStrictEqual(body, this.#kinds), "another table");
        });
      case "batch":
        return post("/v1/activities", { activities: recorded.batch() }, (body) => recorded.accept(body));
      case "refresh":
        return post("/v1/auth/refresh", { refresh_token: this.#tokens.refresh_token }, (body) =>
          this.#take(body),
        );
      case "login": {
        const { email, password } = this.#person;
        return post("/v1/auth/login", { email, password }, (body) => this.#take(body));
      }
    }
  }

  #take(body: { access_token: string; refresh_token: string; expires_in: number }): undefined {
    this.#tokens = body;
    this.#tokenEndsAt = Date.now() + body.expires_in * 1000;
    this.#refreshIsUnanswered = false;
  }
}

const unless = (isRight: boolean, fault: string) => (isRight ? undefined : fault);

/** A dependency that is down or a limit that is reached is told as a problem, with the time to wait. */
function faultOfRefusal({ status, headers, body }: ApiResponse): string | undefined {
  const isInOrder =
    (status === 503 || status === 429) &&
    headers.get("content-type")?.startsWith("application/problem+json") &&
    body.status === status &&
    Number(headers.get("retry-after")) > 0;
  return unless(Boolean(isInOrder), `answered ${status} ${JSON.stringify(body)}`);
}
