import { z } from "zod";
import { ConfigurationError } from "../../../service/config.ts";
import type { AtlasAccess } from "./credentials.ts";
import { AtlasError, type AtlasProblem } from "./errors.ts";
import { type AtlasCall, pathOf } from "./operations.ts";
import { type Failure, retryAfter, withRetries } from "./retries.ts";
import type { Time } from "./time.ts";
import { AccessTokens, unreachable } from "./tokens.ts";

/** The most that Atlas gives out at once. */
const itemsPerPage = 500;

const problem = z.object({ errorCode: z.string().optional(), detail: z.string().optional() });

/** Calls the Atlas Administration API. */
export class AtlasClient {
  readonly time: Time;
  readonly #baseUrl: string;
  readonly #tokens: AccessTokens;

  constructor(access: AtlasAccess, time: Time) {
    this.time = time;
    this.#baseUrl = access.baseUrl;
    this.#tokens = new AccessTokens(access, time);
  }

  /**
   * Makes a call, and again for two minutes while it fails for a passing reason. What changes something is repeated only if
   * Atlas has said that it did nothing.
   *
   * @throws {AtlasError} what Atlas refused
   * @throws {ConfigurationError} if Atlas does not answer, or not as its specification says
   */
  async send<T>(call: AtlasCall, answer: z.ZodType<T>, signal?: AbortSignal, query = ""): Promise<T> {
    const body = await withRetries(this.time, () => this.#attempt(call, query, signal), signal);
    const parsed = answer.safeParse(body);
    if (parsed.success) return parsed.data;
    throw new ConfigurationError(
      `Atlas answered ${call.operation.method} ${pathOf(call)} otherwise than its specification says: ` +
        `${z.prettifyError(parsed.error)}. Go on with the Atlas CLI, by the runbook \`restore-from-atlas\`.`,
    );
  }

  /** Makes a call that lists, page by page. */
  async list<T>(call: AtlasCall, item: z.ZodType<T>): Promise<T[]> {
    const page = z.object({ results: z.array(item).default([]) });
    const items: T[] = [];
    for (let pageNum = 1; ; pageNum++) {
      const query = `?pageNum=${pageNum}&itemsPerPage=${itemsPerPage}`;
      const { results } = await this.send(call, page, undefined, query);
      items.push(...results);
      if (results.length < itemsPerPage) return items;
    }
  }

  async #attempt(
    call: AtlasCall,
    query: string,
    signal?: AbortSignal,
  ): Promise<{ result: unknown } | Failure> {
    const mayRepeat = call.operation.method === "GET";
    try {
      const response = await this.#fetch(call, query, signal);
      if (response.ok) return { result: await response.json() };
      const error = new AtlasError(call, await readProblem(response));
      if (response.status !== 429 && !(mayRepeat && response.status >= 500)) throw error;
      const wait = retryAfter(response.headers.get("retry-after"), this.time.clock());
      return { error, retryAfterMilliseconds: wait };
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof ConfigurationError) throw error;
      const failure = { error: unreachable(this.#baseUrl, error as Error) };
      if (mayRepeat) return failure;
      throw failure.error;
    }
  }

  /** Sends a call; with a new token, should the one at hand have been revoked. */
  async #fetch(call: AtlasCall, query: string, signal?: AbortSignal): Promise<Response> {
    const response = await this.#fetchOnce(call, query, signal);
    if (response.status !== 401) return response;
    await response.body?.cancel();
    this.#tokens.forget();
    return this.#fetchOnce(call, query, signal);
  }

  async #fetchOnce(call: AtlasCall, query: string, signal?: AbortSignal): Promise<Response> {
    const { method, version } = call.operation;
    const mediaType = `application/vnd.atlas.${version}+json`;
    const limit = AbortSignal.timeout(30_000);
    return fetch(`${this.#baseUrl}${pathOf(call)}${query}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.#tokens.current()}`,
        accept: mediaType,
        ...(call.body && { "content-type": mediaType }),
      },
      ...(call.body && { body: JSON.stringify(call.body) }),
      redirect: "error",
      signal: signal ? AbortSignal.any([limit, signal]) : limit,
    });
  }
}

async function readProblem(response: Response): Promise<AtlasProblem> {
  const { status } = response;
  const parsed = problem.safeParse(await response.json().catch(() => ({})));
  return { status, ...parsed.data };
}
