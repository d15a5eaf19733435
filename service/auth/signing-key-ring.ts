import type { JWK } from "jose";
import type { Clock } from "../platform/clock.ts";
import { FreshValue, logUnread } from "../platform/fresh-value.ts";
import type { Logger } from "../platform/logging.ts";
import { defaultTimeouts } from "../platform/timeouts.ts";
import { SecurityEvents } from "./security-events.ts";
import type { SigningKey, StagedKeys } from "./signing-keys.ts";

/** An attacker can send a new key id with each request: that must not cause as many reads. */
const unknownKidMilliseconds = 30_000;

/**
 * The signing keys by stage, as fresh as a {@link FreshValue}.
 *
 * If they cannot be read, the known keys stay in use for two minutes. After that, a rotation may have happened: nothing is signed, and an
 * unknown key is neither accepted nor refused. A known key is still published and still verifies, even if it was withdrawn since: a
 * failing parameter store must not lock all users out.
 */
export class SigningKeyRing {
  readonly #keys: FreshValue<StagedKeys>;
  readonly #clock: Clock;
  #searchedUnknownAt = Number.NEGATIVE_INFINITY;

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
    const events = new SecurityEvents(log, clock);
    const name = "signing keys";
    this.#clock = clock;
    this.#keys = new FreshValue({
      ...{ name, load, clock, readTimeout: signingKeys, onFailure: logUnread(log, name) },
      onChange(before, after) {
        if (toKeyIds(before) !== toKeyIds(after)) events.record("signing_keys_changed");
        if (listKeys(before).some(({ kid }) => !findByKid(after, kid))) onWithdrawal();
      },
    });
  }

  /** See {@link FreshValue.isFresh}. */
  isFresh(): boolean {
    return this.#keys.isFresh();
  }

  /**
   * The key that signs.
   * @throws {UnavailableError} if another key may be signing by now
   */
  async current(): Promise<SigningKey> {
    const { current } = await this.#keys.get();
    this.#keys.refuseOutdated();
    return current;
  }

  /**
   * The published key with an id. An unknown key causes a read, at most once in 30 s. After an emergency, a key may sign without notice:
   * only a read that succeeded shows that a key is unknown.
   * @throws {UnavailableError} if it is unknown and may have been published since
   */
  async find(kid: string): Promise<SigningKey | undefined> {
    let key = findByKid(await this.#keys.get(), kid);
    if (!key && this.#clock() - this.#searchedUnknownAt >= unknownKidMilliseconds) {
      this.#searchedUnknownAt = this.#clock();
      key = findByKid(await this.#keys.readAgain(), kid);
    }
    if (!key) this.#keys.refuseUnread();
    return key;
  }

  /** The public keys of all stages, the signing key first. */
  async published(): Promise<JWK[]> {
    return listKeys(await this.#keys.get()).map(({ publicJwk }) => publicJwk);
  }
}

const toKeyIds = ({ current, next, previous }: StagedKeys): string =>
  [current, next, previous].map((key) => key?.kid).join();

const listKeys = ({ current, next, previous }: StagedKeys): SigningKey[] =>
  [current, next, previous].filter((key) => key !== undefined);

const findByKid = (keys: StagedKeys, kid: string): SigningKey | undefined =>
  listKeys(keys).find((key) => key.kid === kid);
