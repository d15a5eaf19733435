import type { NewSession, Rotation, RotationResult, SessionStore } from "../../../../service/auth/session-store.ts";
import { MemorySessionStore } from "../../../../service/local/memory-session-store.ts";
import { UnavailableError } from "../../../../service/platform/deadline.ts";
import { second, type VirtualTime } from "./virtual-time.ts";

/** How the store fails: it does nothing, loses its reply, or does what it is asked only later. */
type StoreFault = "is down" | "loses replies" | "is late";

type Method = keyof SessionStore;

interface Call {
  at: number;
  method: Method;
  args: unknown[];
}

/** A session as the store last knew it. */
export interface KnownSession {
  createdAt: number;
  lastUsedAt: number;
}

/**
 * A session store that replicates as Redis does: a failover loses what was acknowledged last. Here it loses rotations alone. A login
 * that is lost is a new login, whatever the app does.
 */
export class ReplicatedSessions {
  readonly store: SessionStore;
  /** Sessions by id, also after their end. */
  readonly known = new Map<string, KnownSession>();
  readonly #time: VirtualTime;
  readonly #fails: (fault: StoreFault) => boolean;
  #primary = new MemorySessionStore();
  #writes: Call[] = [];

  constructor(time: VirtualTime, fails: (fault: StoreFault) => boolean) {
    this.#time = time;
    this.#fails = fails;
    this.store = new Proxy({} as SessionStore, {
      // The service awaits the store itself, too.
      get: (_, method) =>
        method === "then" ? undefined : (...args: unknown[]) => this.#respond(method as Method, args),
    });
  }

  /** Another node takes over, which has not got the rotations of the last milliseconds. */
  async failOver(lostMilliseconds: number): Promise<void> {
    const before = this.#time.now() - lostMilliseconds;
    this.#writes = this.#writes.filter(({ method, at }) => method !== "rotate" || at < before);
    this.#primary = new MemorySessionStore();
    for (const call of this.#writes) await this.#execute(call);
  }

  async #respond(method: Method, args: unknown[]): Promise<unknown> {
    const call = { at: this.#time.now(), method, args };
    if (this.#fails("is down")) throw new UnavailableError("the session store refused the connection");
    if (this.#fails("is late")) {
      // Not within the request: time stands still during one.
      void this.#time.wait(20 * second).then(() => this.#time.work(this.#write(call)));
      throw new UnavailableError("the session store did not respond in time");
    }
    const result = await this.#write(call);
    if (this.#fails("loses replies")) throw new UnavailableError("the reply of the session store was lost");
    return result;
  }

  #write(call: Call): Promise<unknown> {
    if (["create", "rotate", "revoke", "revokeAll"].includes(call.method)) this.#writes.push(call);
    return this.#execute(call);
  }

  async #execute({ method, args }: Call): Promise<unknown> {
    const result = await (this.#primary[method] as (...args: unknown[]) => Promise<unknown>)(...args);
    if (method === "create") {
      const [{ session, now }] = args as [NewSession];
      this.known.set(session.id, { createdAt: now, lastUsedAt: now });
    }
    if (method === "rotate") {
      const [{ session, now }] = args as [Rotation];
      const { outcome } = result as RotationResult;
      const known = this.known.get(session.id)!;
      if (outcome === "rotated" || outcome === "recovered") this.known.set(session.id, { ...known, lastUsedAt: now });
    }
    return result;
  }
}
