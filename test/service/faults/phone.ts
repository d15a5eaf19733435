import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { decodeJwt } from "jose";
import { ActivityQueue, type Client, createClient } from "../../../clients/mobile/index.ts";
import { MemoryStorage } from "../../clients/mobile/memory-storage.ts";
import { MemoryTokenStore } from "../../clients/mobile/memory-token-store.ts";
import { confirmAddress } from "../../support/mails.ts";
import { type NewPerson, newPerson, testAccessTokens } from "../../support/service.ts";
import type { Rig } from "./rig.ts";

/** A response to the request under test. */
export interface Answer {
  status: number;
  headers: Headers;
  body: { type?: string; results?: { status: string; problem?: { type: string } }[] } & Record<string, unknown>;
}

/** The request under test. */
export interface Route {
  method: string;
  path: RegExp;
}

/** Where the requests of a route go. */
export interface Redirection {
  route: Route;
  url: string;
  /** By what the pauses of the client are divided. */
  scale: number;
  onAnswer(answer: Answer): Promise<void>;
}

/** A user's phone, with the shipped client and its queue. It talks to the steady service, save for what is redirected. */
export class Phone {
  readonly client: Client;
  readonly tokens = new MemoryTokenStore();
  readonly person: NewPerson = newPerson();
  /** Types of the problems with which the queue dropped activities. */
  readonly dropped: string[] = [];
  hasLoggedOut = false;
  queue!: ActivityQueue;
  userId = "";
  readonly #rig: Rig;
  readonly #storage = new MemoryStorage();
  #redirection: Redirection | undefined;
  #now = 0;

  private constructor(rig: Rig) {
    this.#rig = rig;
    this.client = createClient({
      ...{ baseUrl: rig.steady.url, apiKey: "the app's key", tokens: this.tokens },
      fetch: (request) => this.#send(request),
      time: { now: () => this.#now, wait: (milliseconds, ended) => this.#wait(milliseconds, ended) },
      onSessionEnded: () => {
        this.hasLoggedOut = true;
      },
    });
  }

  /** The phone of a new user. */
  static async register(rig: Rig): Promise<Phone> {
    const phone = new Phone(rig);
    const { data, error } = await phone.client.register(phone.person, randomUUID());
    if (!data) throw new Error(`the steady service refused a registration: ${error.type}`);
    await confirmAddress(rig.steady, phone.person);
    const { client } = phone;
    const userId = data.user.id;
    const onRefused = (_activity: object, { type }: { type: string }) => void phone.dropped.push(type);
    const onUnreadable = (value: string) => void phone.dropped.push(`unreadable: ${value}`);
    const storage = phone.#storage;
    return Object.assign(phone, {
      userId,
      queue: new ActivityQueue({ client, storage, userId, randomUUID, onRefused, onUnreadable }),
    });
  }

  /** The queued activities, as the storage has them. */
  async readQueue(): Promise<{ id: string }[]> {
    return [...this.#storage.values.values()].flatMap((value) => JSON.parse(value));
  }

  /** Replaces the access token by one that ran out a minute ago. */
  async expireToken(): Promise<void> {
    const { accessToken, refreshToken } = this.tokens.tokens!;
    const { sub, sid } = decodeJwt(accessToken) as { sub: string; sid: string };
    const past = testAccessTokens(this.#rig.key, { clock: () => Date.now() - 16 * 60 * 1000 });
    await this.tokens.write({ accessToken: await past.issue({ userId: sub, sessionId: sid }), refreshToken });
  }

  /** Sends the requests of a route to another process while `work` runs, and passes on its answers. */
  async redirect<T>(redirection: Redirection, work: () => Promise<T>): Promise<T> {
    this.#redirection = redirection;
    try {
      return await work();
    } finally {
      this.#redirection = undefined;
    }
  }

  /** Time passes only while the client pauses: an answer of the gateway always comes. */
  async #wait(milliseconds: number, ended: AbortSignal | undefined): Promise<void> {
    if (ended) return new Promise(() => {});
    this.#now += milliseconds;
    await wait(milliseconds / (this.#redirection?.scale ?? Number.POSITIVE_INFINITY));
  }

  async #send(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const redirection = this.#redirection;
    if (redirection?.route.method !== request.method || !redirection.route.path.test(pathname)) return fetch(request);
    const response = await fetch(new Request(redirection.url + pathname + search, request));
    const { status, headers } = response;
    const text = await response.text();
    await redirection.onAnswer({ status, headers, body: text === "" ? {} : JSON.parse(text) });
    return new Response(status === 204 ? null : text, { status, headers });
  }
}
