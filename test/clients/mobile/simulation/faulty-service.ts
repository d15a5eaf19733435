import { randomBytes } from "node:crypto";
import { createHttpClient, type Send } from "../../../../bench/load/client.ts";
import { RefreshTokens } from "../../../../service/auth/refresh-tokens.ts";
import { UnavailableError } from "../../../../service/platform/deadline.ts";
import { createIndexes } from "../../../../service/platform/indexes.ts";
import { once } from "../../../../service/platform/once.ts";
import { embeddedDatabase, type TestDatabase } from "../../../support/databases.ts";
import { interceptedDatabase } from "../../../support/intercepted-database.ts";
import { startService, testConfig, testSigningKey } from "../../../support/service.ts";
import { count } from "./count.ts";
import type { Random } from "./random.ts";
import { ReplicatedSessions } from "./replicated-sessions.ts";
import { day, hour, minute, second, type VirtualTime } from "./virtual-time.ts";

/** Lifetimes of sessions, so short that within ten days each ends by its age, and that of a phone that is offline for days without use. */
export const lifetimes = { idle: 3 * day, absolute: 6 * day };

/** What goes on for minutes. */
const lasting = [
  "the database is down",
  "the database refuses writes",
  "the database loses replies",
  "the session store is down",
  "the session store loses replies",
  "the session store is late",
  "the key is down",
  "the gateway throttles",
  "the gateway gives up",
  "the gateway forwards late",
] as const;

/** What happens in a moment: another process of the service starts, or another node of Redis takes over. */
const sudden = ["a restart", "a failover"] as const;

export type ServiceFault = (typeof lasting)[number];

/** Takes a moment to create, so all simulations use the same. */
const signingKey = once(testSigningKey);

/** A service on in-process stores whose parts fail. */
export class FaultyService {
  /** How often each fault and each security event occurred. */
  readonly events = new Map<string, number>();
  readonly #time: VirtualTime;
  readonly #sessions: ReplicatedSessions;
  readonly #failing = new Set<ServiceFault>();
  readonly #pepper = randomBytes(32);
  readonly #refreshTokens = new RefreshTokens({ current: this.#pepper });
  #embedded!: TestDatabase;
  #process!: Process;

  constructor(time: VirtualTime) {
    this.#time = time;
    this.#sessions = new ReplicatedSessions(time, (fault) => this.#failing.has(`the session store ${fault}`));
  }

  async start(): Promise<void> {
    this.#embedded = await embeddedDatabase();
    await createIndexes(this.#embedded.database);
    this.#process = await this.#startProcess();
  }

  async stop(): Promise<void> {
    try {
      await this.#process.stop();
    } finally {
      await this.#embedded.remove();
    }
  }

  isFailing(fault: ServiceFault): boolean {
    return this.#failing.has(fault);
  }

  /** Sends a request to the gateway in front of the service, which time waits for. */
  readonly send: Send = (...request) => this.#time.work(this.#process.send(...request));

  /** Whether the session of a refresh token has reached the end of its lifetime. */
  isExpired(refreshToken: string): boolean {
    const { session } = this.#refreshTokens.read(refreshToken)!;
    const { createdAt, lastUsedAt } = this.#sessions.known.get(session.id)!;
    return this.#time.now() >= Math.min(createdAt + lifetimes.absolute, lastUsedAt + lifetimes.idle);
  }

  /** Lets faults occur again and again. */
  async fail(random: Random, until: number): Promise<void> {
    const { wait, now } = this.#time;
    for (;;) {
      await wait(random.until(2 * hour));
      if (now() > until) return;
      const fault = random.pick([...lasting, ...sudden]);
      count(this.events, fault);
      if (fault === "a restart") await this.#time.work(this.#restart());
      // Its replica is behind by seconds, or has not replicated for a while.
      else if (fault === "a failover")
        await this.#time.work(this.#sessions.failOver(random.chance(0.5) ? 3 * second : 45 * minute));
      else {
        this.#failing.add(fault);
        await wait(random.between(minute, 30 * minute));
        this.#failing.delete(fault);
      }
    }
  }

  async #restart(): Promise<void> {
    const before = this.#process;
    this.#process = await this.#startProcess();
    await before.stop();
  }

  async #startProcess(): Promise<Process> {
    const throwIf = async (fault: ServiceFault) => {
      if (this.#failing.has(fault)) throw new UnavailableError(fault);
    };
    const database = interceptedDatabase(
      this.#embedded.database,
      async (operation) => {
        await throwIf("the database is down");
        if (!operation.endsWith(".findOne")) await throwIf("the database refuses writes");
      },
      () => throwIf("the database loses replies"),
    );
    const key = await signingKey();
    const sign = async (data: Uint8Array) => {
      await throwIf("the key is down");
      return key.sign(data);
    };
    const service = await startService(
      {
        database: async () => database,
        sessions: async () => this.#sessions.store,
        signingKeys: async () => ({ current: { ...key, sign } }),
        refreshTokenPeppers: async () => ({ current: this.#pepper }),
      },
      {
        tokens: {
          ...testConfig.tokens,
          sessionIdleSeconds: lifetimes.idle / second,
          sessionAbsoluteSeconds: lifetimes.absolute / second,
        },
      },
      this.#time.now,
    );
    const client = createHttpClient(service.url);
    return {
      send: client.send,
      stop: async () => {
        client.close();
        await service.stop();
        for (const { event, status, cause } of service.lines) {
          if (typeof event === "string") count(this.events, event);
          if (status === 500) throw new Error(`The service failed: ${JSON.stringify(cause)}`);
        }
      },
    };
  }
}

/** A process of the service. */
interface Process {
  send: Send;
  /** @throws if it failed at a request, other than by a fault here */
  stop(): Promise<void>;
}
