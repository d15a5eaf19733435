import { createHash } from "node:crypto";
import type { Request, Response } from "express";
import type { RouteName } from "../routes.ts";
import { UnavailableError } from "./deadline.ts";
import { problems } from "./problems.ts";

/** The preconditions of a request: the entity tags that `If-Match` and `If-None-Match` name, or `*` for any. */
export interface Preconditions {
  ifMatch: TagList | undefined;
  ifNoneMatch: TagList | undefined;
}

type TagList = "*" | readonly string[];

/** RFC 9110, 8.8.3. A tag may contain a comma. Node.js decodes a header as Latin-1. */
const tag = String.raw`(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"`;

/** RFC 9110, 5.6.1: a list may have empty elements. No part of it can match one text in two ways, so it takes linear time. */
const tagList = new RegExp(String.raw`^[ \t,]*(?:${tag}(?:[ \t]*,[ \t,]*${tag})*[ \t,]*)?$`);
const tags = new RegExp(tag, "g");

/** The entity tag of a body that has no version: it changes with every byte. */
export const computeEtag = (body: string): string => `"${hash(body)}"`;

const hash = (text: string) => createHash("sha256").update(text).digest("base64url").slice(0, 27);

/**
 * The representations whose tag is made of a state. A release that changes the response to the same state raises its number, so that
 * no 304 hides a new member from a client that has the earlier response.
 */
export const representations = {
  "GET /v1/users/me": 2,
  "GET /v1/activities/{id}": 1,
  "GET /v1/sessions": 1,
} as const satisfies { [Name in RouteName]?: number };

/** The entity tag of a state: the number of its representation, and the version of the state. */
export const toEtag = (name: keyof typeof representations, version: string | number): string =>
  `"${representations[name]}-${version}"`;

/** The entity tag of a state that has no version. */
export const computeStateEtag = (name: keyof typeof representations, state: unknown): string =>
  toEtag(name, hash(JSON.stringify(state)));

/**
 * The preconditions of a request.
 * @returns undefined without any
 * @throws the problem `invalid-precondition` for a header that cannot be parsed: to ignore it would be to run what it forbids
 */
export function readPreconditions(request: Request): Preconditions | undefined {
  const { "if-match": ifMatch, "if-none-match": ifNoneMatch } = request.headers;
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined;
  return { ifMatch: parseTags(ifMatch), ifNoneMatch: parseTags(ifNoneMatch) };
}

function parseTags(header: string | undefined): TagList | undefined {
  if (header === undefined || header === "*") return header;
  if (!tagList.test(header)) throw problems.invalidPrecondition();
  return header.match(tags) ?? [];
}

/** RFC 9110, 13.1.1: a weak tag never matches. */
const matchesStrongly = (list: TagList, current: string | undefined) =>
  list === "*" || list.some((each) => each === current);

/** RFC 9110, 13.1.2: tags match whether or not they are weak, as a CDN that compresses makes them. */
const matchesWeakly = (list: TagList, current: string | undefined) =>
  list === "*" || list.some((each) => each.replace(/^W\//, "") === current);

/** Tags without the number of their representation. */
const toStates = (list: TagList): TagList => (list === "*" ? list : list.map(toState));
const toState = (tag: string) => tag.replace(/^((?:W\/)?")\d+-/, "$1");

/**
 * Checks preconditions in the order of RFC 9110, 13.2.2, of a request that is not GET. Their resource exists: where the response
 * would be a 404 without them, it is a 404 with them (13.2.1). Only the state counts: during a release, the version that serves
 * the write may have another representation of it than the one that served the read.
 *
 * @param current the strong entity tag of the resource; undefined if it has none, so that only `*` matches
 * @throws the problem `precondition-failed`
 */
export function checkPreconditions({ ifMatch, ifNoneMatch }: Preconditions, current: string | undefined): void {
  const state = current && toState(current);
  const isMet =
    (ifMatch === undefined || matchesStrongly(toStates(ifMatch), state)) &&
    (ifNoneMatch === undefined || !matchesWeakly(toStates(ifNoneMatch), state));
  if (!isMet) throw problems.preconditionFailed();
}

/** Each attempt fails only if another write succeeds in between. */
const maxAttempts = 10;

/**
 * Writes to the state that a request's preconditions accept. If another write comes first, it checks the new state: between a check
 * and a separate write, the state could change.
 *
 * @param toTag the entity tag of a state
 * @param read the current state
 * @param write writes only if the state is still the given one; null or false if it is not
 * @throws the problem `precondition-failed`
 */
export async function writeAccepted<State, Result>(
  preconditions: Preconditions,
  toTag: (state: State) => string,
  read: () => Promise<State>,
  write: (state: State) => Promise<Result | null | false>,
): Promise<Result> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const state = await read();
    checkPreconditions(preconditions, toTag(state));
    const written = await write(state);
    if (written !== null && written !== false) return written;
  }
  throw new UnavailableError("other writes came first at each attempt");
}

/**
 * Sets the entity tag of a response to GET, and sends 304 to a client that already has this state. Express's own `request.fresh`
 * does not: with `If-None-Match`, `fetch` also sends `Cache-Control: no-cache`, which Express takes for an end-to-end reload.
 *
 * @returns whether the response has been sent
 * @throws the problem `precondition-failed` if `If-Match` does not name this state
 */
export function sendNotModified(request: Request, response: Response, current: string): boolean {
  const { ifMatch, ifNoneMatch } = readPreconditions(request) ?? {};
  checkPreconditions({ ifMatch, ifNoneMatch: undefined }, current);
  response.setHeader("ETag", current);
  if (ifNoneMatch === undefined || !matchesWeakly(ifNoneMatch, current)) return false;
  response.status(304).end();
  return true;
}
