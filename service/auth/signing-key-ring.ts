import type { JWK } from "jose";
import { signingKeysNoticeSeconds } from "../contract.ts";
import type { Clock } from "../platform/clock.ts";
import { UnavailableError, withDeadline } from "../platform/deadline.ts";
import type { Logger } from "../platform/logging.ts";
import { SecurityEvents } from "./security-events.ts";
import type { SigningKey, StagedKeys } from "./signing-keys.ts";

/** Within a minute of a change every process must act on it. Half of that is left for a request to come by. */
const freshMilliseconds = 30_000;
const tooOldMilliseconds = 60_000;

/** A request that must wait for keys, while there are some that are known, waits no longer than this. */
const readTimeoutMilliseconds = 2_000;

/** A stranger can make up a key id with each request: they must not become as many questions. */
const unknownKidMilliseconds = 30_000;

/**
 * The signing keys by stage, read anew as requests come by: after 30 s beside a request, after 60 s before it (a function is
 * frozen between requests, and may wake up days later).
 *
 * When they cannot be read, those that are known go on for {@link signingKeysNoticeSeconds}. After that a rotation may have
 * passed by: nothing is signed, and of an unknown key nothing is said. A known one goes on being published and verifies
 * still, even if it was withdrawn since: a failing parameter store must not lock everybody out.
 */
export class SigningKeyRing {
  readonly #load: () => Promise<StagedKeys>;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #events: SecurityEvents;
  readonly #onWithdrawal: () => void;
  #keys: StagedKeys | undefined;
  /** When the reading was begun that gave them, and the last one, whatever came of it. */
  #knownAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
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
    const age = this.#clock() - this.#triedAt;
    if (age > tooOldMilliseconds) return false;
    // A failure is logged, and does not concern the request that came by.
    if (age > freshMilliseconds) void this.#read();
    return true;
  }

  /**
   * The key that signs.
   * @throws {UnavailableError} when another one may sign by now
   */
  async current(): Promise<SigningKey> {
    const { current } = await this.#fresh();
    this.#refuseOutdated();
    return current;
  }

  /**
   * The published key of an id. One that is not known is asked for, at most once in 30 s.
   * @throws {UnavailableError} when it is not known and may have been published by now
   */
  async find(kid: string): Promise<SigningKey | undefined> {
    let key = findByKid(await this.#fresh(), kid);
    if (!key && this.#clock() - this.#askedForUnknownAt >= unknownKidMilliseconds) {
      this.#askedForUnknownAt = this.#clock();
      key = findByKid(await this.#read(), kid);
    }
    if (!key) this.#refuseOutdated();
    return key;
  }

  /** The public keys of all stages, the one that signs first. */
  async published(): Promise<JWK[]> {
    return listKeys(await this.#fresh()).map(({ publicJwk }) => publicJwk);
  }

  async #fresh(): Promise<StagedKeys> {
    return this.#keys && this.isFresh() ? this.#keys : this.#read();
  }

  #refuseOutdated(): void {
    const seconds = Math.floor((this.#clock() - this.#knownAt) / 1_000);
    if (seconds < signingKeysNoticeSeconds) return;
    throw new UnavailableError(
      `The signing keys were read last ${seconds} s ago, and others may have taken their place since. ` +
        "See the log for why they cannot be read.",
    );
  }

  /** Reads once for all who ask, but never by a reading that was begun before the function was frozen. */
  #read(): Promise<StagedKeys> {
    const now = this.#clock();
    if (!this.#reading || now - this.#reading.since > readTimeoutMilliseconds) {
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
    if (toKeyIds(before) !== toKeyIds(after)) this.#events.record("signing_keys_changed");
    if (listKeys(before).some(({ kid }) => !findByKid(after, kid))) this.#onWithdrawal();
  }

  async #readOnce(begun: number): Promise<StagedKeys> {
    try {
      const keys = await (this.#keys
        ? withDeadline("The signing keys", readTimeoutMilliseconds, this.#load())
        : this.#load());
      const before = this.#keys;
      if (before && begun < this.#knownAt) return before;
      // What is read is as old as the question, however late the answer.
      [this.#keys, this.#knownAt] = [keys, begun];
      if (before) this.#notice(before, keys);
    } catch (cause) {
      if (!this.#keys) throw cause;
      this.#log.write("error", "signing keys could not be read; those known go on", { cause });
    }
    this.#triedAt = Math.max(this.#triedAt, begun);
    return this.#keys;
  }
}

const toKeyIds = ({ current, next, previous }: StagedKeys): string =>
  [current, next, previous].map((key) => key?.kid).join();

const listKeys = ({ current, next, previous }: StagedKeys): SigningKey[] =>
  [current, next, previous].filter((key) => key !== undefined);

const findByKid = (keys: StagedKeys, kid: string): SigningKey | undefined =>
  listKeys(keys).find((key) => key.kid === kid);
