import { readFile } from "node:fs/promises";
import { z } from "zod";
import { ConfigurationError, required } from "../../service/config.ts";
import type { GitHubAccess } from "./github-client.ts";

/** A job of GitHub Actions about a pull request. */
export interface PullRequestJob {
  readonly access: GitHubAccess;
  /** Owner and name, such as `ecobeat/platform`. */
  readonly repository: string;
  readonly pullRequest: number;
  /** Commit at the top of the pull request's branch. */
  readonly commit: string;
}

const event = z.object({
  pull_request: z.object({ number: z.number(), head: z.object({ sha: z.string() }) }),
});

/**
 * Reads what GitHub tells each job, and the token, which a step gets only when it is given it:
 * https://docs.github.com/en/actions/reference/workflows-and-actions/variables
 *
 * @throws {ConfigurationError} if something is missing, or the job is about something else
 */
export async function readPullRequestJob(variables: NodeJS.ProcessEnv): Promise<PullRequestJob> {
  const access = {
    apiUrl: required(variables, "GITHUB_API_URL"),
    token: required(variables, "GITHUB_TOKEN"),
  };
  const repository = required(variables, "GITHUB_REPOSITORY");
  const text = await readFile(required(variables, "GITHUB_EVENT_PATH"), "utf8");
  const { data, success } = event.safeParse(JSON.parse(text));
  if (!success) {
    throw new ConfigurationError(
      "This job is about no pull request, so there is nothing to comment on. Run it for the event `pull_request` alone.",
    );
  }
  return {
    access,
    repository,
    pullRequest: data.pull_request.number,
    commit: data.pull_request.head.sha,
  };
}
