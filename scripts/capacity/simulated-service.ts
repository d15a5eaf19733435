import { coldStart } from "./contract.ts";
import type { EventQueue } from "./event-queue.ts";
import { TokenBucket } from "./token-bucket.ts";
import { authKinds, parametersInUse, type RequestKind, traffic } from "./traffic-model.ts";

/** A steady rate per second, and the size of its token bucket. */
export interface BucketLimit {
  readonly perSecond: number;
  readonly burst: number;
}

/** The limits that the simulated service keeps, by the ids of `limits.ts`. */
export interface ServiceLimits {
  readonly "gateway-auth": BucketLimit;
  readonly "gateway-all": BucketLimit;
  readonly "gateway-account": BucketLimit;
  readonly "concurrency-auth": number;
  readonly "concurrency-api": number;
  readonly "concurrency-account": number;
  /** Environments that a function may start in ten seconds. */
  readonly "scaling-rate": number;
  /** Calls per second. */
  readonly "parameter-reads": number;
  /** Signatures per second. */
  readonly "kms-signatures": number;
  readonly "database-connections": number;
  /** Per second. @default no limit */
  readonly "database-new-connections"?: number | undefined;
  /** Environments of auth that are prepared at the beginning. */
  readonly provisioned: number;
}

/** The name of a limit that refuses a request. */
export type LimitName = Exclude<keyof ServiceLimits, "provisioned">;

/** The response to one attempt. */
export interface Response {
  readonly status: 200 | 429 | 500 | 503;
  /** What refused it. */
  readonly limit?: LimitName;
  /** Seconds in `Retry-After`. @default the response has none */
  readonly retryAfter?: number;
}

/** Called with the time of the response. */
type Done = (at: number, response: Response) => void;

type Role = "auth" | "api";

interface Environment {
  readonly role: Role;
  /** When it read the parameters; undefined before. */
  readAt?: number;
  isConnected: boolean;
}

/** As the service's problems say, and API Gateway's. */
const unavailable = (limit: LimitName): Response => ({ status: 503, limit, retryAfter: 5 });
const throttled = (limit: LimitName): Response => ({ status: 429, limit, retryAfter: 1 });

/** Three attempts of the SDK, whose pauses double: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html */
const awsAttempts = 3;
const firstPauseSeconds = 0.5;

const durations: Partial<Readonly<Record<RequestKind, number>>> = {
  refresh: traffic.refreshMilliseconds.value / 1_000,
  login: traffic.loginMilliseconds.value / 1_000,
};
const apiSeconds = traffic.apiMilliseconds.value / 1_000;
const parametersSeconds = traffic.parametersMilliseconds.value / 1_000;

/**
 * API Gateway, the two functions and what they call, as far as they limit the number of requests. Requests never slow each other
 * down: MongoDB and Redis respond as fast under any load.
 */
export class SimulatedService {
  readonly coldStarts = { auth: 0, api: 0 };
  readonly peakConcurrency = { auth: 0, api: 0 };
  connections = 0;
  readonly #limits: ServiceLimits;
  readonly #queue: EventQueue;
  readonly #random: () => number;
  readonly #gateway: Readonly<Record<Role, readonly (readonly [LimitName, TokenBucket])[]>>;
  readonly #scaling: Readonly<Record<Role, TokenBucket>>;
  readonly #parameters: TokenBucket;
  readonly #signatures: TokenBucket;
  readonly #newConnections: TokenBucket | undefined;
  readonly #idle: Readonly<Record<Role, Environment[]>>;
  readonly #busy = { auth: 0, api: 0 };

  constructor(limits: ServiceLimits, queue: EventQueue, random: () => number) {
    this.#limits = limits;
    this.#queue = queue;
    this.#random = random;
    const [all, auth, account] = (["gateway-all", "gateway-auth", "gateway-account"] as const).map((name) => {
      const { perSecond, burst } = limits[name];
      return [name, new TokenBucket(perSecond, burst)] as const;
    });
    this.#gateway = { auth: [all!, auth!, account!], api: [all!, account!] };
    const scaling = () => new TokenBucket(limits["scaling-rate"] / 10, limits["scaling-rate"]);
    this.#scaling = { auth: scaling(), api: scaling() };
    this.#parameters = new TokenBucket(limits["parameter-reads"]);
    this.#signatures = new TokenBucket(limits["kms-signatures"]);
    const rate = limits["database-new-connections"];
    this.#newConnections = rate === undefined ? undefined : new TokenBucket(rate);
    const provisioned = Array.from({ length: limits.provisioned }, () => this.#createEnvironment("auth"));
    for (const environment of provisioned) this.#prepare(environment, Number.NEGATIVE_INFINITY);
    this.#idle = { auth: provisioned, api: [] };
  }

  /** Handles one attempt of a request. */
  handle(at: number, kind: RequestKind, done: Done): void {
    const role: Role = authKinds.includes(kind) ? "auth" : "api";
    const refusing = this.#passGateway(at, role);
    if (refusing) {
      done(at, throttled(refusing));
      return;
    }
    const environment = this.#idle[role].pop();
    const blocking = environment ? undefined : this.#findConcurrencyLimit(at, role);
    // API Gateway responds with 500: https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html
    if (blocking) {
      done(at, { status: 500, limit: blocking });
      return;
    }
    this.#busy[role] += 1;
    this.peakConcurrency[role] = Math.max(this.peakConcurrency[role], this.#busy[role]);
    if (!environment) this.coldStarts[role] += 1;
    const used = environment ?? this.#createEnvironment(role);
    const end: Done = (now, response) => {
      this.#busy[role] -= 1;
      this.#idle[role].push(used);
      done(now, response);
    };
    this.#queue.add(environment ? at : at + coldStart.seconds, (now) => this.#serve(now, used, kind, end));
  }

  #createEnvironment(role: Role): Environment {
    return { role, isConnected: false };
  }

  #prepare(environment: Environment, at: number): void {
    environment.readAt = at;
    environment.isConnected = true;
    this.connections += traffic.connectionsPerEnvironment.value;
  }

  /** The limit of API Gateway that refuses a request. A refused request takes no tokens. */
  #passGateway(at: number, role: Role): LimitName | undefined {
    const buckets = this.#gateway[role];
    const refusing = buckets.find(([, bucket]) => !bucket.has(at));
    if (!refusing) for (const [, bucket] of buckets) bucket.take(at);
    return refusing?.[0];
  }

  #findConcurrencyLimit(at: number, role: Role): LimitName | undefined {
    if (this.#busy[role] >= this.#limits[`concurrency-${role}`]) return `concurrency-${role}`;
    if (this.#busy.auth + this.#busy.api >= this.#limits["concurrency-account"]) return "concurrency-account";
    return this.#scaling[role].take(at) ? undefined : "scaling-rate";
  }

  #serve(at: number, environment: Environment, kind: RequestKind, done: Done): void {
    const { readAt } = environment;
    if (readAt === undefined) {
      this.#callAws(at, this.#parameters, (now, isDone) => {
        if (isDone) environment.readAt = now;
        if (isDone) this.#connect(now, environment, kind, done);
        else done(now, unavailable("parameter-reads"));
      });
      return;
    }
    // In the background: if it fails, the known values stay in use.
    if (at - readAt > parametersSeconds) this.#readAgain(at, environment);
    this.#connect(at, environment, kind, done);
  }

  #readAgain(at: number, environment: Environment): void {
    for (let count = parametersInUse[environment.role]; count > 0; count--) {
      if (this.#parameters.take(at)) environment.readAt = at;
    }
  }

  #connect(at: number, environment: Environment, kind: RequestKind, done: Done): void {
    const opened = environment.isConnected ? 0 : this.#open(at, environment);
    // Only a refresh needs no database.
    const wait = kind === "refresh" ? 0 : opened;
    if (typeof wait === "string") {
      const seconds = wait === "database-new-connections" ? coldStart.connectSeconds : 0;
      this.#queue.add(at + seconds, (now) => done(now, unavailable(wait)));
    } else if (environment.role === "api") {
      this.#queue.add(at + wait + apiSeconds, (now) => done(now, { status: 200 }));
    } else {
      this.#queue.add(at + wait + durations[kind]!, (signAt) => this.#sign(signAt, done));
    }
  }

  #sign(at: number, done: Done): void {
    this.#callAws(at, this.#signatures, (now, isDone) =>
      done(now, isDone ? { status: 200 } : unavailable("kms-signatures")),
    );
  }

  /** Opens an environment's connections. @returns the seconds that it takes, or the limit that refuses them */
  #open(at: number, environment: Environment): number | LimitName {
    const count = traffic.connectionsPerEnvironment.value;
    if (this.connections + count > this.#limits["database-connections"]) return "database-connections";
    let wait = 0;
    for (let opened = 0; opened < count && this.#newConnections; opened++) {
      const seconds = this.#newConnections.reserve(at, coldStart.connectSeconds);
      if (seconds === undefined) return "database-new-connections";
      wait = seconds;
    }
    environment.isConnected = true;
    this.connections += count;
    return wait;
  }

  /** Calls AWS with the attempts of the SDK. */
  #callAws(at: number, bucket: TokenBucket, done: (at: number, isDone: boolean) => void, attempt = 1): void {
    const isTaken = bucket.take(at);
    if (isTaken || attempt === awsAttempts) {
      done(at, isTaken);
      return;
    }
    const pause = this.#random() * firstPauseSeconds * 2 ** (attempt - 1);
    this.#queue.add(at + pause, (now) => this.#callAws(now, bucket, done, attempt + 1));
  }
}
