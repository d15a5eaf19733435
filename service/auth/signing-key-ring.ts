import type { JWK } from "jose";
import { signingKeysNoticeSeconds } from "../contract.ts";
import type { Clock } from "../platform/clock.ts";
import { outsideRequest, UnavailableError, untilDeadline, withTimeout } from "../platform/deadline.ts";
import type { Logger } from "../platform/logging.ts";
import { defaultTimeouts } from "../platform/timeouts.ts";
import { SecurityEvents } from "./security-events.ts";
import type { SigningKey, StagedKeys } from "./signing-keys.ts";

/** Every process must act on a change within a minute. Half of it is left for the next request to arrive. */
const freshMilliseconds = 30_000;
const tooOldMilliseconds = 60_000;

/** An attacker can send a new key id with each request: that must not cause as many reads. */
const unknownKidMilliseconds = 30_000;

/**
 * The signing keys by stage, read again as requests arrive: after 30 s in parallel with a request, after 60 s before it (a function
 * is frozen between requests, and may wake up days later).
 *
 * If they cannot be read, the known keys stay in use for {@link signingKeysNoticeSeconds}. After that, a rotation may have happened:
 * nothing is signed, and an unknown key is neither accepted nor refused. A known key is still published and still verifies,
 * even if it was withdrawn since: a failing parameter store must not lock all users out.
 */
export class SigningKeyRing {
  readonly #load: () => Promise<StagedKeys>;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #events: SecurityEvents;
  readonly #onWithdrawal: () => void;
  readonly #readTimeout: number;
  #keys: StagedKeys | undefined;
  /** When the read that returned them began, and when the last read began. */
  #knownAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  #searchedUnknownAt = Number.NEGATIVE_INFINITY;
  #reading: { since: number; keys: Promise<StagedKeys> } | undefined;

  /**
   * @param load reads the keys as they are staged now
   * @param onWithdrawal called when a key was withdrawn: tokens that it signed must leave all caches
   */
  constructor(
    load: () => Promise<StagedKeys>,
    clock: Clock,
    log: Logger,
    onWithdrawal: () => void = () => {},
    { signingKeys } = defaultTimeouts,
  ) {
    this.#load = load;
    this.#clock = clock;
    this.#log = log;
    this.#events = new SecurityEvents(log, clock);
    this.#onWithdrawal = onWithdrawal;
    this.#readTimeout = signingKeys;
  }

  /**
   * Whether the known keys may be used without a read. Starts a read shortly before that ends. Synchronous, for decisions that
   * were based on these keys.
   */
  isFresh(): boolean {
    const age = this.#clock() - this.#triedAt;
    if (age > tooOldMilliseconds) return false;
    // A failure is logged, and does not affect the current request.
    if (age > freshMilliseconds) void this.#sharedRead();
    return true;
  }

  /**
   * The key that signs.
   * @throws {UnavailableError} if another key may be signing by now
   */
  async current(): Promise<SigningKey> {
    const { current } = await this.#fresh();
    this.#refuseOutdated();
    return current;
  }

  /**
   * The published key with an id. An unknown key causes a read, at most once in 30 s.
   * @throws {UnavailableError} if it is unknown and may have been published since
   */
  async find(kid: string): Promise<SigningKey | undefined> {
    let key = findByKid(await this.#fresh(), kid);
    if (!key && this.#clock() - this.#searchedUnknownAt >= unknownKidMilliseconds) {
      this.#searchedUnknownAt = this.#clock();
      key = findByKid(await this.#read(), kid);
    }
    if (!key) this.#refuseUnread();
    return key;
  }

  /** The public keys of all stages, the signing key first. */
  async published(): Promise<JWK[]> {
    return listKeys(await this.#fresh()).map(({ publicJwk }) => publicJwk);
  }

  async #fresh(): Promise<StagedKeys> {
    return this.#keys && this.isFresh() ? this.#keys : this.#read();
  }

  /** After an emergency, a key may sign without notice: only a read that succeeded shows that a key is unknown. */
  #refuseUnread(): void {
    this.#refuseOutdated();
    if (this.#triedAt <= this.#knownAt) return;
    throw new UnavailableError("The signing keys could not be read. The log shows why.");
  }

  #refuseOutdated(): void {
    const seconds = Math.floor((this.#clock() - this.#knownAt) / 1_000);
    if (seconds < signingKeysNoticeSeconds) return;
    throw new UnavailableError(
      `The signing keys were last read ${seconds} s ago, and may have been rotated since. ` +
        "The log shows why they cannot be read.",
    );
  }

  #read(): Promise<StagedKeys> {
    const keys = this.#sharedRead();
    return untilDeadline("the signing keys", () => keys);
  }

  /** Shares one read among concurrent callers, but not a read that began before the function was frozen. */
  #sharedRead(): Promise<StagedKeys> {
    const now = this.#clock();
    if (!this.#reading || now - this.#reading.since > this.#readTimeout) {
      const reading = { since: now, keys: outsideRequest(() => this.#readOnce(now)) };
      this.#reading = reading;
      const end = () => {
        if (this.#reading === reading) this.#reading = undefined;
      };
      reading.keys.then(end, end);
    }
    return this.#reading.keys;
  }

  #reportChange(before: StagedKeys, after: StagedKeys): void {
    if (toKeyIds(before) !== toKeyIds(after)) this.#events.record("signing_keys_changed");
    if (listKeys(before).some(({ kid }) => !findByKid(after, kid))) this.#onWithdrawal();
  }

  async #readOnce(begun: number): Promise<StagedKeys> {
    try {
      const keys = await (this.#keys ? withTimeout("The signing keys", this.#readTimeout, this.#load()) : this.#load());
      const before = this.#keys;
      if (before && begun < this.#knownAt) return before;
      // The keys are as old as the start of the read, however late they arrive.
      [this.#keys, this.#knownAt] = [keys, begun];
      if (before) this.#reportChange(before, keys);
    } catch (cause) {
      if (!this.#keys) throw cause;
      // After a freeze, another read has begun, and says whether there is a failure.
      const isCurrent = this.#reading?.since === begun;
      if (isCurrent) this.#log.write("error", "signing keys could not be read; the known keys stay in use", { cause });
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
