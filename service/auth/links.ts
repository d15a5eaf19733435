import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { dependencyNames, type LinkAction, toLink } from "../contract.ts";
import type { Clock } from "../platform/clock.ts";
import { UnavailableError } from "../platform/deadline.ts";
import type { FreshValue } from "../platform/fresh-value.ts";
import { parseJson } from "../platform/parse-json.ts";
import { problems } from "../platform/problems.ts";
import type { User } from "../users/repository.ts";
import { listPeppers, type StagedPeppers } from "./peppers.ts";

const minuteMs = 60 * 1000;

/**
 * What links of mails do, for how long they are valid, and the page that they open. NIST SP 800-63B-4, 4.2.1.2, allows 24 hours for a
 * code in a mail. A reset changes a password, and its user waits for the mail: 15 minutes.
 */
export const linkPurposes = {
  "password-reset": { lifetimeMs: 15 * minuteMs, action: "reset-password" },
  "email-verification": { lifetimeMs: 24 * 60 * minuteMs, action: "confirm-email" },
  "email-change": { lifetimeMs: 24 * 60 * minuteMs, action: "confirm-email" },
} as const satisfies Record<string, { lifetimeMs: number; action: LinkAction }>;

/** One of {@link linkPurposes}. */
export type LinkPurpose = keyof typeof linkPurposes;

/** How many random bytes a token has: too many to guess one. It is their base64url. */
export const linkTokenBytes = 32;

const wellFormed = /^[A-Za-z0-9_-]{43}$/;

/** The account as a link needs it. */
export type LinkedUser = Pick<User, "_id" | "emailCanonical" | "passwordHash">;

/** A link that was found by its token. */
export interface Link {
  readonly purpose: LinkPurpose;
  readonly userId: string;
  /** Of `email-change`: the new address, as its user wrote it. */
  readonly email?: string;
  /** Whether the account still has the password and the address that it had when the link was created. */
  isCurrent(user: LinkedUser): boolean;
}

/** What the store contains. */
interface StoredLink {
  readonly purpose: LinkPurpose;
  readonly userId: string;
  readonly email?: string | undefined;
  /** Keyed hash of the account's password hash and address. */
  readonly binding: string;
}

/** Where links wait to be used. A full or failed store may lose one: its user then requests another. */
export interface LinkStore {
  /** Stores a value that expires by itself. */
  put(key: string, value: string, lifetimeMs: number): Promise<void>;
  /** The value of the first of these keys that has one. */
  find(keys: readonly string[]): Promise<string | undefined>;
}

/** Options of {@link Links}. */
export interface LinksOptions {
  /** Base of all links: never what a request says. */
  apiUrl: string;
  store: LinkStore;
  peppers: FreshValue<StagedPeppers>;
  clock: Clock;
}

/**
 * Links of mails. The store has each token only as a hash of its purpose and itself, keyed with the pepper: neither the store nor a mail
 * of another purpose or environment opens anything. A link is bound to the password and the address of its account. A change of either
 * makes it invalid, also its own use, so that a link works once without being deleted.
 */
export class Links {
  readonly #options: LinksOptions;

  constructor(options: LinksOptions) {
    this.#options = options;
  }

  /**
   * Stores a link.
   * @param user @default there is no account: a link that no one gets and that opens nothing, for the same time as any other
   * @param email the new address, of `email-change`
   * @throws {UnavailableError} if the store does not respond, or the peppers may have been rotated
   */
  async create(purpose: LinkPurpose, user?: LinkedUser, email?: string): Promise<{ link: string; expiresAt: string }> {
    const { apiUrl, store, peppers, clock } = this.#options;
    const { current } = await peppers.get();
    peppers.refuseOutdated();
    const token = randomBytes(linkTokenBytes).toString("base64url");
    const { lifetimeMs, action } = linkPurposes[purpose];
    const account = user ?? { _id: randomUUID(), emailCanonical: "", passwordHash: "" };
    const stored: StoredLink = { purpose, userId: account._id, email, binding: toBinding(token, account) };
    const expiresAt = new Date(clock() + lifetimeMs).toISOString();
    await store.put(toKey(current, purpose, token), JSON.stringify(stored), lifetimeMs);
    return { link: toLink(apiUrl, action, token), expiresAt };
  }

  /**
   * Finds a link, also one that was used.
   * @throws the problem `invalid-link` if there is none
   * @throws {UnavailableError} if the store does not respond, or it may be under a pepper that could not be read
   */
  async find(token: string, ...purposes: readonly LinkPurpose[]): Promise<Link> {
    const { store, peppers } = this.#options;
    const staged = await peppers.get();
    const keys = purposes.flatMap((purpose) => listPeppers(staged).map((pepper) => toKey(pepper, purpose, token)));
    const value = wellFormed.test(token) ? await store.find(keys) : undefined;
    if (value === undefined) {
      peppers.refuseUnread();
      throw problems.invalidLink();
    }
    const { purpose, userId, email, binding } = parseLink(value);
    return {
      ...{ purpose, userId },
      ...(email !== undefined && { email }),
      isCurrent: (user) => binding === toBinding(token, user),
    };
  }
}

/** @throws {UnavailableError} for what is no link: it must not look like one that is invalid */
function parseLink(value: string): StoredLink {
  const stored = parseJson(value) as StoredLink | undefined;
  if (typeof stored?.binding === "string") return stored;
  throw new UnavailableError("a stored link is none that this service stores", { dependency: dependencyNames.redis });
}

const toKey = (pepper: Buffer, purpose: LinkPurpose, token: string): string =>
  createHmac("sha256", pepper).update(`link:${purpose}:${token}`).digest("base64url");

/** Under the token, which is stored nowhere: from the store alone, no one can test passwords or addresses. */
const toBinding = (token: string, { _id, emailCanonical, passwordHash }: LinkedUser): string =>
  createHmac("sha256", token)
    .update(JSON.stringify([_id, emailCanonical, passwordHash]))
    .digest("base64url");
