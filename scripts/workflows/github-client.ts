import { z } from "zod";
import { ConfigurationError } from "../../service/config.ts";
import { redactText } from "../../service/platform/logging.ts";
import { parseJson } from "../../service/platform/parse-json.ts";

const answerMilliseconds = 30_000;

/** Where and as whom GitHub is asked. */
export interface GitHubAccess {
  /** Address of the API, without a slash at the end. */
  readonly apiUrl: string;
  readonly token: string;
}

/** Calls GitHub's REST API: https://docs.github.com/en/rest */
export class GitHubClient {
  readonly #access: GitHubAccess;

  constructor(access: GitHubAccess) {
    this.#access = access;
  }

  /**
   * @param schema of the answer
   * @throws {ConfigurationError} if GitHub refuses or does not answer
   */
  async call<T>(
    schema: z.ZodType<T>,
    method: "GET" | "POST" | "PATCH",
    path: string,
    body?: object,
  ): Promise<T> {
    const { response, text } = await this.#fetch(method, path, body);
    const called = `${method} ${path.split("?")[0]}`;
    if (!response.ok) {
      throw new ConfigurationError(
        `GitHub answered ${called} with ${response.status}${reasonIn(text)}. ${advice(response)}`,
      );
    }
    const answer = schema.safeParse(parseJson(text));
    if (answer.success) return answer.data;
    throw new ConfigurationError(
      `What answered ${called} at ${this.#access.apiUrl} is not GitHub: it may be a proxy. Look at the runner's network, and run the ` +
        "job again.",
    );
  }

  async #fetch(method: string, path: string, body?: object): Promise<{ response: Response; text: string }> {
    const { apiUrl, token } = this.#access;
    try {
      const response = await fetch(`${apiUrl}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          accept: "application/vnd.github+json",
          "x-github-api-version": "2022-11-28",
        },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(answerMilliseconds),
      });
      // An answer may break off, too.
      return { response, text: await response.text() };
    } catch (error) {
      const { cause = error } = error as Error;
      throw new ConfigurationError(
        `GitHub does not answer at ${apiUrl}: ${cause}. See https://www.githubstatus.com, and run the job again.`,
        { cause: error },
      );
    }
  }
}

const refusal = z.object({ message: z.string() });

function reasonIn(text: string): string {
  const { data } = refusal.safeParse(parseJson(text));
  return data ? ` (${redactText(data.message)})` : "";
}

function advice({ status, headers }: Response): string {
  if (status === 401) return "The token is unknown there or has expired. Give the step the job's own token.";
  if (isRateLimit(status, headers)) {
    return `The token has used up its calls. Run the job again ${whenIn(headers)}.`;
  }
  if (status === 403) {
    return (
      "The token may not write comments. Give the job `pull-requests: write`; on the pull request of a fork no token " +
      "of a job may."
    );
  }
  if (status === 404) {
    return "There is no such pull request or comment, or the token may not see it. Run the job on an open pull request of this repository.";
  }
  if (status >= 500)
    return "GitHub itself has trouble: see https://www.githubstatus.com, and run the job again.";
  return "This script and the API do not agree. Write the comment by hand.";
}

/** https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit */
const isRateLimit = (status: number, headers: Headers): boolean =>
  status === 429 ||
  (status === 403 && (headers.get("x-ratelimit-remaining") === "0" || headers.has("retry-after")));

function whenIn(headers: Headers): string {
  const seconds = headers.get("retry-after");
  if (seconds) return `in ${seconds} s`;
  const reset = Number(headers.get("x-ratelimit-reset"));
  return reset ? `after ${new Date(reset * 1_000).toISOString()}` : "in some minutes";
}
