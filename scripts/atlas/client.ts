import { z } from "zod";
import { ConfigurationError } from "../../service/config.ts";
import { redactText } from "../../service/platform/logging.ts";
import { AccessTokens, type AtlasCredentials, toUnreachableError } from "./credentials.ts";
import { type AtlasCall, toPath } from "./operations.ts";
import { parseRetryAfter, type RetryableFailure, type Time, withRetries } from "./waiting.ts";

/** The most that Atlas gives out at once. */
const itemsPerPage = 500;

const problem = z.object({ errorCode: z.string().optional(), detail: z.string().optional() });

/** Calls the Atlas Administration API. */
export class AtlasClient {
  readonly time: Time;
  readonly #baseUrl: string;
  readonly #tokens: AccessTokens;

  constructor(access: AtlasCredentials, time: Time) {
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
      `Atlas answered ${call.operation.method} ${toPath(call)} otherwise than its specification says: ` +
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
  ): Promise<{ result: unknown } | RetryableFailure> {
    const mayRepeat = call.operation.method === "GET";
    try {
      const response = await this.#fetch(call, query, signal);
      if (response.ok) return { result: await response.json() };
      const error = new AtlasError(call, await readProblem(response));
      if (response.status !== 429 && !(mayRepeat && response.status >= 500)) throw error;
      const wait = parseRetryAfter(response.headers.get("retry-after"), this.time.clock());
      return { error, retryAfterMs: wait };
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof ConfigurationError) throw error;
      const failure = { error: toUnreachableError(this.#baseUrl, error as Error) };
      if (mayRepeat) return failure;
      throw failure.error;
    }
  }

  /** Sends a call; with a new token, should the one at hand have been revoked. */
  async #fetch(call: AtlasCall, query: string, signal?: AbortSignal): Promise<Response> {
    const response = await this.#fetchOnce(call, query, signal);
    if (response.status !== 401) return response;
    await response.body?.cancel();
    this.#tokens.invalidate();
    return this.#fetchOnce(call, query, signal);
  }

  async #fetchOnce(call: AtlasCall, query: string, signal?: AbortSignal): Promise<Response> {
    const { method, version } = call.operation;
    const mediaType = `application/vnd.atlas.${version}+json`;
    const limit = AbortSignal.timeout(30_000);
    return fetch(`${this.#baseUrl}${toPath(call)}${query}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.#tokens.getToken()}`,
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

/** What Atlas says in place of an answer: https://www.mongodb.com/docs/atlas/reference/api-errors/ */
interface AtlasProblem {
  readonly status: number;
  /** Atlas's name of the error, such as `CLUSTER_NOT_FOUND`. */
  readonly errorCode?: string | undefined;
  readonly detail?: string | undefined;
}

/** A call that Atlas refused or could not serve: its message says what happened, why, and what to do. */
export class AtlasError extends ConfigurationError {
  override readonly name = "AtlasError";
  readonly status: number;
  readonly errorCode: string | undefined;

  constructor(call: AtlasCall, problem: AtlasProblem) {
    const { status, errorCode, detail } = problem;
    const said = [errorCode, detail && redactText(detail)].filter(Boolean).join(": ");
    super(
      `Atlas answered ${call.operation.method} ${toPath(call)} with ${status}${said && ` (${said})`}. ${getAdvice(call, problem)}`,
    );
    this.status = status;
    this.errorCode = errorCode;
  }
}

function getAdvice({ operation }: AtlasCall, { status, errorCode }: AtlasProblem): string {
  if (errorCode?.includes("ACCESS_LIST")) {
    return "The organization lets only addresses of its API access list in. Add this machine's to the list of the service account.";
  }
  if (status === 401) {
    return (
      "The service account does not belong to the organization of this project, or is not of this project. Add it to the " +
      `project, with the role ${operation.role}.`
    );
  }
  if (status === 403) {
    return `The service account lacks a role. Give it ${operation.role} in the project.`;
  }
  if (status === 404) {
    return "There is nothing of this name in Atlas. Look for misspelt names and ids, and whether it was deleted.";
  }
  if (status === 409) {
    return "Something else is changing the same thing. See with `atlas status` what runs, wait for its end, and run this again.";
  }
  if (status === 429) return "The project has used up its calls. Run this again in a minute.";
  if (status >= 500) return "Atlas itself has trouble: see https://status.mongodb.com, and run this again.";
  return "Atlas does not accept what was asked for. Correct what its message names.";
}
