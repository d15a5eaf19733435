import { z } from "zod";
import type { GitHubClient } from "./github-client.ts";

/** A pull request, and the one comment on it that is ours. */
export interface CommentPlace {
  /** Owner and name, such as `ecobeat/platform`. */
  readonly repository: string;
  readonly pullRequest: number;
  /** What the comment begins with: a comment of HTML, which nobody sees. */
  readonly marker: string;
}

const comment = z.object({
  id: z.number(),
  body: z.string().nullish(),
  // No more than a ghost is left of an account that was deleted.
  user: z.object({ login: z.string() }).nullable(),
});

/** Who writes with the token of a job. Anybody may write our marker; nobody else may write as this one. */
const author = "github-actions[bot]";

const pageSize = 100;

/** More characters GitHub refuses. */
const longestBody = 65_536;

/**
 * Writes a comment, or writes it anew where it is there already, so that a pull request has one however often it changes.
 *
 * @param text Markdown; what is too long is cut off, and says so
 * @returns what was done
 * @throws {ConfigurationError} if GitHub refuses or does not answer
 */
export async function writeComment(
  client: GitHubClient,
  place: CommentPlace,
  text: string,
): Promise<"created" | "updated"> {
  const body = bodyOf(place.marker, text);
  const repository = `/repos/${place.repository}`;
  const all = `${repository}/issues/${place.pullRequest}/comments`;
  const id = await findOwn(client, all, place.marker);
  if (id === undefined) {
    await client.call(comment, "POST", all, { body });
    return "created";
  }
  await client.call(comment, "PATCH", `${repository}/issues/comments/${id}`, { body });
  return "updated";
}

async function findOwn(client: GitHubClient, all: string, marker: string): Promise<number | undefined> {
  for (let page = 1; ; page++) {
    const found = await client.call(z.array(comment), "GET", `${all}?per_page=${pageSize}&page=${page}`);
    const own = found.find(({ body, user }) => user?.login === author && body?.startsWith(marker));
    if (own) return own.id;
    if (found.length < pageSize) return undefined;
  }
}

function bodyOf(marker: string, text: string): string {
  const whole = `${marker}\n${text}`;
  if (whole.length <= longestBody) return whole;
  // Before the text: behind it, a list that was cut off would swallow it.
  const head = `${marker}\n> [!NOTE]\n> This is cut off, as GitHub takes no more. The summary of the run has all of it.\n\n`;
  return head + text.slice(0, longestBody - head.length);
}
