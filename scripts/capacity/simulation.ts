import type { Environment } from "../../stacks/environments.ts";
import { getAccountRequests, lambdaScaling } from "./contract.ts";
import { EventQueue } from "./event-queue.ts";
import { limits } from "./limits.ts";
import { createRandom } from "./random.ts";
import { type LimitName, type Response, type ServiceLimits, SimulatedService } from "./simulated-service.ts";
import {
  authKinds,
  firstScreen,
  getPeakOpenings,
  getShare,
  type RequestKind,
  requestsPerOpening,
  type Scenario,
  traffic,
} from "./traffic-model.ts";

/** How often a limit has refused an attempt. */
export interface Refusals {
  readonly attempts: number;
  /** When it did so first, in seconds from the push message. */
  readonly firstAt: number;
}

/** What a simulation has counted. */
export interface SimulationResult {
  /** Openings of the app. */
  readonly openings: number;
  /** Openings whose refresh or login failed, and that therefore requested nothing else. */
  readonly lostOpenings: number;
  /** Requests, each counted once. */
  readonly requests: number;
  readonly accepted: number;
  readonly failed: number;
  /** Attempts of the requests, with retries. */
  readonly attempts: number;
  /** By limit, that which refused first comes first. */
  readonly refusals: Readonly<Partial<Record<LimitName, Refusals>>>;
  readonly coldStarts: Readonly<Record<"auth" | "api", number>>;
  readonly peakConcurrency: Readonly<Record<"auth" | "api", number>>;
  /** To the primary of MongoDB. */
  readonly peakConnections: number;
  /** From the first attempt to the response of accepted requests, in seconds. */
  readonly p50Seconds: number;
  readonly p99Seconds: number;
}

/** The limits of an environment that the simulation keeps. */
export function toServiceLimits(environment: Environment): ServiceLimits {
  const getValue = (id: LimitName) => limits.find((limit) => limit.id === id)!.value(environment)!;
  const { api, functions } = environment;
  return {
    "gateway-auth": { perSecond: getValue("gateway-auth"), burst: api.auth.burst },
    "gateway-all": { perSecond: getValue("gateway-all"), burst: api.burst },
    "gateway-account": { perSecond: getValue("gateway-account"), burst: getAccountRequests(environment).burst },
    "concurrency-auth": getValue("concurrency-auth"),
    "concurrency-api": getValue("concurrency-api"),
    "concurrency-account": getValue("concurrency-account") - lambdaScaling.unreserved,
    "scaling-rate": getValue("scaling-rate"),
    "parameter-reads": getValue("parameter-reads"),
    "kms-signatures": getValue("kms-signatures"),
    "database-connections": getValue("database-connections"),
    "database-new-connections": getValue("database-new-connections"),
    provisioned: functions.provisionedConcurrency?.minimum ?? 0,
  };
}

/** Seconds in which traffic rises to the peak before the push message, and those of the peak without one. */
const warmUpSeconds = 60;

/** `windowMilliseconds` of the client's session. */
const refreshWindowSeconds = 8;

/** `maxWaitMs` and `attempts` of the client's retries. */
const longestWaitSeconds = 10;
const requestAttempts = 3;

/**
 * Simulates the apps of a scenario in the peak hour, and what the service answers them. The same seed gives the same result.
 *
 * @param service the limits; @see {@link toServiceLimits}
 */
export function simulate(service: ServiceLimits, scenario: Scenario, seed = 1): SimulationResult {
  return new Simulation(service, createRandom(seed)).run(scenario);
}

/** The service serves all kinds after the first screen alike. */
const laterKind: RequestKind = "list";

class Simulation {
  readonly #queue = new EventQueue();
  readonly #random: () => number;
  readonly #service: SimulatedService;
  readonly #refusals = new Map<LimitName, { attempts: number; firstAt: number }>();
  readonly #waits: number[] = [];
  #openings = 0;
  #lostOpenings = 0;
  #requests = 0;
  #failed = 0;
  #attempts = 0;

  constructor(limits: ServiceLimits, random: () => number) {
    this.#random = random;
    this.#service = new SimulatedService(limits, this.#queue, random);
  }

  run({ users, push }: Scenario): SimulationResult {
    const end = push?.seconds ?? warmUpSeconds;
    const loginShare = getShare("login") / getShare(...authKinds);
    const rate = getPeakOpenings(users);
    for (let at = -warmUpSeconds + this.#pause(rate); at < end; at += this.#pause(rate)) {
      // Environments start little by little, as in the hours before a peak.
      const isSkipped = this.#random() > (at + warmUpSeconds) / warmUpSeconds;
      if (!isSkipped) this.#addOpening(at, this.#random() < loginShare ? "login" : "refresh");
    }
    for (let pushed = 0; push && pushed < Math.round(users * push.share); pushed++) {
      this.#addOpening(push.seconds * this.#pickTriangular(), "refresh");
    }
    this.#queue.run();
    return this.#toResult();
  }

  /** Time to the next event of a Poisson process. */
  #pause(perSecond: number): number {
    return -Math.log(1 - this.#random()) / perSecond;
  }

  /** From 0 to 1, with a density that rises for a third. */
  #pickTriangular(): number {
    const part = this.#random();
    return part < 1 / 3 ? Math.sqrt(part / 3) : 1 - Math.sqrt((1 - part) * (2 / 3));
  }

  #addOpening(openedAt: number, kind: RequestKind): void {
    this.#openings += 1;
    this.#queue.add(openedAt, (at) =>
      this.#request(at, kind, (now, isAccepted) => {
        if (isAccepted) this.#visit(now);
        else this.#lostOpenings += 1;
      }),
    );
  }

  #visit(at: number): void {
    for (const kind of firstScreen) this.#queue.add(at, (now) => this.#request(now, kind));
    for (let others = requestsPerOpening - 1 - firstScreen.length; others > 0; others--) {
      const later = at + this.#random() * traffic.visitSeconds.value;
      this.#queue.add(later, (now) => this.#request(now, laterKind));
    }
  }

  /** Sends a request as the client does, with its retries. */
  #request(begunAt: number, kind: RequestKind, done: (at: number, isAccepted: boolean) => void = () => {}): void {
    this.#requests += 1;
    let attempt = 0;
    const send = (sentAt: number): void => {
      attempt += 1;
      this.#attempts += 1;
      this.#service.handle(sentAt, kind, (at, response) => {
        if (response.status === 200) {
          this.#waits.push(at - begunAt);
          done(at, true);
          return;
        }
        this.#countRefusal(response.limit!, at);
        const pause = this.#getPause(kind, response, attempt, at - begunAt);
        if (pause !== undefined) {
          this.#queue.add(at + pause, send);
          return;
        }
        this.#failed += 1;
        done(at, false);
      });
    };
    send(begunAt);
  }

  /** Seconds until the client sends a request again; undefined if it gives up. */
  #getPause(kind: RequestKind, response: Response, attempt: number, elapsed: number): number | undefined {
    const { status, retryAfter } = response;
    if (retryAfter === undefined || retryAfter > longestWaitSeconds) return undefined;
    if (kind === "refresh") return retryAfter <= refreshWindowSeconds - elapsed ? retryAfter : undefined;
    // After a 503, a login may have had an effect.
    const isRetryable = status === 429 || (status === 503 && kind !== "login");
    return isRetryable && attempt < requestAttempts ? retryAfter * (1 + this.#random() / 4) : undefined;
  }

  #countRefusal(limit: LimitName, at: number): void {
    const counted = this.#refusals.get(limit) ?? { attempts: 0, firstAt: at };
    this.#refusals.set(limit, { ...counted, attempts: counted.attempts + 1 });
  }

  #toResult(): SimulationResult {
    const waits = Float64Array.from(this.#waits).sort();
    const getPercentile = (part: number) => waits[Math.max(Math.ceil(waits.length * part) - 1, 0)] ?? 0;
    const { coldStarts, peakConcurrency, connections } = this.#service;
    return {
      openings: this.#openings,
      lostOpenings: this.#lostOpenings,
      requests: this.#requests,
      accepted: waits.length,
      failed: this.#failed,
      attempts: this.#attempts,
      refusals: Object.fromEntries(this.#refusals),
      coldStarts,
      peakConcurrency,
      peakConnections: connections,
      p50Seconds: getPercentile(0.5),
      p99Seconds: getPercentile(0.99),
    };
  }
}
