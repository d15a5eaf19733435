import * as z from "zod";
import { redactText } from "../../service/platform/redaction.ts";
import { OperatorError } from "../cli/errors.ts";
import { explainStatus, type StatusExplanation } from "../cli/http-status.ts";
import { AccessTokens, type AtlasCredentials, toUnreachableError } from "./credentials.ts";
import { type AtlasCall, type AtlasOperation, toPath } from "./operations.ts";
import { parseRetryAfter, type RetryableFailure, type Time, withRetries } from "./waiting.ts";

/** The largest page of a list that Atlas allows. */
const itemsPerPage = 500;

/** An error response: https://www.mongodb.com/docs/atlas/reference/api-errors/. Its code is such as `CLUSTER_NOT_FOUND`. */
const problemSchema = z.object({ errorCode: z.string().optional(), detail: z.string().optional() });

/** A page of a list links to the next one: https://www.mongodb.com/docs/api/doc/atlas-admin-api-v2/ */
const toPageSchema = <T>(item: z.ZodType<T>) =>
  z.object({ results: z.array(item).default([]), links: z.array(z.object({ rel: z.string() })).default([]) });

type AtlasProblem = z.infer<typeof problemSchema> & { readonly status: number };

/** Calls the Atlas Administration API. */
export class AtlasClient {
  readonly time: Time;
  readonly #baseUrl: string;
  readonly #tokens: AccessTokens;

  constructor(credentials: AtlasCredentials, time: Time) {
    this.time = time;
    this.#baseUrl = credentials.baseUrl;
    this.#tokens = new AccessTokens(credentials, time);
  }

  /**
   * Makes a call, with retries on transient errors. A call that changes something is retried only if Atlas says that it did
   * nothing.
   *
   * @throws {AtlasError} if Atlas rejects the call
   * @throws {OperatorError} if Atlas does not respond, or not as its specification says
   */
  async send<T>(call: AtlasCall, response: z.ZodType<T>, signal?: AbortSignal, query = ""): Promise<T> {
    const body = await withRetries(this.time, () => this.#attempt(call, query, signal), signal);
    const parsed = response.safeParse(body);
    if (parsed.success) return parsed.data;
    throw new OperatorError("atlas-unexpected-response", {
      what: `The response of Atlas to ${call.operation.method} ${toPath(call)} differs from its specification.`,
      why: `${z.prettifyError(parsed.error)}.`,
      action: "Continue with the Atlas CLI: see the runbook `restore-from-atlas`.",
    });
  }

  /** Reads all pages of a list. */
  async list<T>(call: AtlasCall, item: z.ZodType<T>): Promise<T[]> {
    const items: T[] = [];
    for (let pageNum = 1; ; pageNum++) {
      const query = `?pageNum=${pageNum}&itemsPerPage=${itemsPerPage}`;
      const { results, links } = await this.send(call, toPageSchema(item), undefined, query);
      items.push(...results);
      // The size of a page, or `totalCount`, which is an estimate, would not tell.
      if (!links.some(({ rel }) => rel === "next")) return items;
    }
  }

  async #attempt(
    call: AtlasCall,
    query: string,
    signal?: AbortSignal,
  ): Promise<{ result: unknown } | RetryableFailure> {
    const isRetryable = call.operation.method === "GET";
    try {
      const response = await this.#fetch(call, query, signal);
      if (response.ok) return { result: await response.json() };
      const { status, headers } = response;
      const problem = problemSchema.safeParse(await response.json().catch(() => ({})));
      const error = new AtlasError(call, { status, ...problem.data });
      if (status !== 429 && !(isRetryable && status >= 500)) throw error;
      return { error, retryAfterMs: parseRetryAfter(headers.get("retry-after"), this.time.clock()) };
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof OperatorError) throw error;
      const failure = { error: toUnreachableError(this.#baseUrl, error as Error) };
      if (isRetryable) return failure;
      throw failure.error;
    }
  }

  /** Sends a call; again with a new token if Atlas has revoked the current one. */
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
    const timeout = AbortSignal.timeout(30_000);
    return fetch(`${this.#baseUrl}${toPath(call)}${query}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.#tokens.getToken()}`,
        accept: mediaType,
        ...(call.body && { "content-type": mediaType }),
      },
      ...(call.body && { body: JSON.stringify(call.body) }),
      redirect: "error",
      signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
    });
  }
}

/** A call that Atlas rejected or could not serve. */
export class AtlasError extends OperatorError {
  override readonly name = "AtlasError";
  readonly status: number;
  readonly errorCode: string | undefined;

  constructor(call: AtlasCall, problem: AtlasProblem) {
    const { status, errorCode, detail } = problem;
    const reason = [errorCode, detail && redactText(detail)].filter(Boolean).join(": ");
    const what = `Atlas responded to ${call.operation.method} ${toPath(call)} with ${status}${reason && ` (${reason})`}.`;
    const { kind, why, action } = explain(call.operation, problem);
    super(`atlas-${kind}`, { what, why, action });
    this.status = status;
    this.errorCode = errorCode;
  }
}

function explain({ role }: AtlasOperation, { status, errorCode }: AtlasProblem): StatusExplanation {
  const place = role.startsWith("Organization") ? "organization" : "project";
  if (errorCode?.includes("ACCESS_LIST")) {
    return {
      kind: "address-not-allowed",
      why: "The organization's API access list does not contain the IP address of this machine.",
      action: "Add it to the access list of the service account.",
    };
  }
  return explainStatus(status, {
    name: "Atlas",
    statusPage: "https://status.mongodb.com",
    explanations: {
      401: {
        kind: "unauthorized",
        why: `The service account has no access to this ${place}.`,
        action: `Add it to the ${place}, with the role ${role}.`,
      },
      403: {
        kind: "role-missing",
        why: "The service account does not have the required role.",
        action: `Give it ${role} in the ${place}.`,
      },
    },
  });
}
