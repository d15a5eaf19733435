import { problemType } from "../../../support/service.ts";
import { count } from "./count.ts";
import type { FaultyService } from "./faulty-service.ts";
import type { Random } from "./random.ts";
import { hour, minute, second, type VirtualTime } from "./virtual-time.ts";

/** How long a phone stays in each condition of its network. */
const stays = {
  good: [20 * minute, 6 * hour],
  poor: [5 * minute, 2 * hour],
  offline: [2 * minute, 10 * hour],
  silent: [minute, 20 * minute],
  "loses responses": [5 * second, 10 * minute],
  portal: [2 * minute, 30 * minute],
} as const;

type Condition = keyof typeof stays;

/** A good network follows each of these. */
const bad: readonly Condition[] = ["poor", "offline", "silent", "loses responses", "portal"];

/** What a WAF takes for an attack. */
export const attack = "${jndi:ldap://example.com}";

/** The network between a phone and the service, with the gateway. */
export class Network {
  /** How often the phone got each status, and how often none. */
  readonly outcomes = new Map<string, number>();
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #service: FaultyService;
  #condition: Condition = "good";
  /** Whether nothing fails, at the beginning and at the end. */
  #isPerfect = true;

  constructor(time: VirtualTime, random: Random, service: FaultyService) {
    this.#time = time;
    this.#random = random;
    this.#service = service;
  }

  /** Changes again and again. */
  async change(until: number): Promise<void> {
    this.#isPerfect = false;
    while (this.#time.now() < until) {
      const [least, most] = stays[this.#condition];
      await this.#time.wait(this.#random.between(least, most));
      this.#condition = this.#condition === "good" ? this.#random.pick(bad) : "good";
    }
    this.#condition = "good";
    this.#isPerfect = true;
  }

  /** Sends a request of the phone, as its `fetch`. */
  readonly send = async (request: Request): Promise<Response> => {
    const aborted = new Promise<never>((_, reject) =>
      request.signal.addEventListener("abort", () => reject(new DOMException("Aborted", "AbortError"))),
    );
    try {
      const response = await Promise.race([this.#send(request), aborted]);
      count(this.outcomes, `${response.status}`);
      return response;
    } catch (error) {
      count(this.outcomes, "no response");
      throw error;
    }
  };

  async #send(request: Request): Promise<Response> {
    const condition = this.#condition;
    await this.#pass();
    if (condition === "offline") throw new TypeError("Network request failed");
    if (condition === "portal") return new Response(this.#random.pick(["<html>Welcome to the hotel</html>", "{}"]));
    if (condition === "silent" || this.#losesNow()) return this.#lose();
    const response = await this.#callGateway(request);
    await this.#pass();
    if (condition === "loses responses" || this.#losesNow()) return this.#lose();
    // Also later than the app waits.
    if (!this.#isPerfect && this.#random.chance(0.01))
      await this.#time.wait(this.#random.between(5 * second, 70 * second));
    return response;
  }

  /** The gateway's own responses are those of stacks/constructs/api/gateway-problems.ts, and of the WAF. */
  async #callGateway(request: Request): Promise<Response> {
    const { wait } = this.#time;
    const body = request.body === null ? undefined : await request.text();
    if (body?.includes(attack)) return fail(403, "request-blocked");
    if (this.#service.isFailing("the gateway throttles")) return fail(429, "too-many-requests", 1);
    if (this.#service.isFailing("the gateway gives up")) {
      await this.#forward(request, body);
      await wait(29 * second);
      return fail(504, "timed-out", 5);
    }
    if (this.#service.isFailing("the gateway forwards late")) {
      await wait(29 * second);
      void wait(5 * second).then(() => this.#forward(request, body));
      return fail(504, "timed-out", 5);
    }
    return this.#forward(request, body);
  }

  async #forward({ url, method, headers }: Request, sent: string | undefined): Promise<Response> {
    const { pathname, search } = new URL(url);
    const {
      status,
      headers: received,
      body,
    } = await this.#service.send(method, pathname + search, {
      headers: Object.fromEntries(headers),
      ...(sent !== undefined && { body: JSON.parse(sent) }),
    });
    return new Response(body === "" ? null : JSON.stringify(body), { status, headers: received });
  }

  /** An error of the connection, or silence. */
  #lose(): Promise<Response> {
    return this.#random.chance(0.5) ? new Promise(() => {}) : Promise.reject(new TypeError("Network request failed"));
  }

  #losesNow(): boolean {
    return !this.#isPerfect && this.#random.chance(this.#condition === "poor" ? 0.2 : 0.01);
  }

  #pass(): Promise<void> {
    return this.#time.wait(this.#random.between(10, this.#condition === "poor" ? 3 * second : 150));
  }
}

const fail = (status: number, slug: string, retryAfter?: number) =>
  Response.json(
    { type: problemType(slug), title: slug, status, detail: "" },
    { status, ...(retryAfter && { headers: { "Retry-After": `${retryAfter}` } }) },
  );
