import type { JWK } from "jose";
import type { Clock } from "../platform/clock.ts";
import { withDeadline } from "../platform/deadline.ts";
import type { Logger } from "../platform/logging.ts";
import { SecurityEvents } from "./security-events.ts";
import type { SigningKey, StagedKeys } from "./signing-keys.ts";

/** Within a minute of a change every process must act on it. Half of that is left for a request to come by. */
const freshMilliseconds = 30_000;
const tooOldMilliseconds = 60_000;

/** A request that must wait for keys, while there are some that are known, waits no longer than this. */
const readMilliseconds = 2_000;

/** A stranger can make up a key id with each request: they must not become as many questions. */
const unknownKidMilliseconds = 30_000;

/**
 * The signing keys by stage, read anew as requests come by: after 30 s beside a request, after 60 s before it (a function is
 * frozen between requests, and may wake up days later). When they cannot be read, those that are known go on.
 */
export class SigningKeyRing {
  readonly #load: () => Promise<StagedKeys>;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #events: SecurityEvents;
  readonly #onWithdrawal: () => void;
  #keys: StagedKeys | undefined;
  #readAt = Number.NEGATIVE_INFINITY;
  #askedForUnknownAt = Number.NEGATIVE_INFINITY;
  #reading: { since: number; keys: Promise<StagedKeys> } | undefined;

  /**
   * @param load reads the keys as they are staged now
   * @param onWithdrawal called when a key was withdrawn: what it signed must no longer be remembered as valid
   */
  constructor(
    load: () => Promise<StagedKeys>,
    clock: Clock,
    log: Logger,
    onWithdrawal: () => void = () => {},
  ) {
    this.#load = load;
    this.#clock = clock;
    this.#log = log;
    this.#events = new SecurityEvents(log, clock);
    this.#onWithdrawal = onWithdrawal;
  }

  /**
   * Whether what is known may still be acted on without reading; starts to read when that is soon no longer so. Synchronous,
   * for what was decided before by these keys.
   */
  isFresh(): boolean {
    const age = this.#clock() - this.#readAt;
    if (age > tooOldMilliseconds) return false;
    // A failure is logged, and does not concern the request that came by.
    if (age > freshMilliseconds) void this.#read();
    return true;
  }

  /** The key that signs. */
  async current(): Promise<SigningKey> {
    return (await this.#fresh()).current;
  }

  /** The published key of an id. One that is not known is asked for, at most once in 30 s. */
  async find(kid: string): Promise<SigningKey | undefined> {
    const known = byKid(await this.#fresh(), kid);
    if (known || this.#clock() - this.#askedForUnknownAt < unknownKidMilliseconds) return known;
    this.#askedForUnknownAt = this.#clock();
    return byKid(await this.#read(), kid);
  }

  /** The public keys of all stages, the one that signs first. */
  async published(): Promise<JWK[]> {
    return stages(await this.#fresh()).map(({ publicJwk }) => publicJwk);
  }

  async #fresh(): Promise<StagedKeys> {
    return this.#keys && this.isFresh() ? this.#keys : this.#read();
  }

  /** Reads once for all who ask, but never by a reading that was begun before the function was frozen. */
  #read(): Promise<StagedKeys> {
    const now = this.#clock();
    if (!this.#reading || now - this.#reading.since > readMilliseconds) {
      const reading = { since: now, keys: this.#readOnce(now) };
      this.#reading = reading;
      const end = () => {
        if (this.#reading === reading) this.#reading = undefined;
      };
      reading.keys.then(end, end);
    }
    return this.#reading.keys;
  }

  #notice(before: StagedKeys, after: StagedKeys): void {
    if (describe(before) !== describe(after)) this.#events.record("signing_keys_changed");
    if (stages(before).some(({ kid }) => !byKid(after, kid))) this.#onWithdrawal();
  }

  async #readOnce(begun: number): Promise<StagedKeys> {
    try {
      const keys = await (this.#keys
        ? withDeadline("The signing keys", readMilliseconds, this.#load())
        : this.#load());
      const before = this.#keys;
      if (before && begun < this.#readAt) return before;
      this.#keys = keys;
      if (before) this.#notice(before, keys);
    } catch (cause) {
      if (!this.#keys) throw cause;
      this.#log.write("error", "signing keys could not be read; those known go on", { cause });
    }
    // What is read is as old as the question, however late the answer.
    this.#readAt = Math.max(this.#readAt, begun);
    return this.#keys;
  }
}

const describe = (keys: StagedKeys): string =>
  stages(keys)
    .map(({ kid }) => kid)
    .join();

const stages = ({ current, next, previous }: StagedKeys): SigningKey[] =>
  [current, next, previous].filter((key) => key !== undefined);

const byKid = (keys: StagedKeys, kid: string): SigningKey | undefined =>
  stages(keys).find((key) => key.kid === kid);
