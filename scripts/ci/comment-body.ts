/** GitHub refuses a comment of more characters. */
const maxLength = 65_536;

const cutOffNote =
  "> [!NOTE]\n> This is cut off, as GitHub takes no more. The summary of the run has all of it.\n\n";

/**
 * Writes the body of a comment on a pull request.
 *
 * @param review Markdown; cut off at GitHub's limit, with a note
 * @param commit that was reviewed, if it is one of a pull request
 */
export function toCommentBody(review: string, commit: string | undefined): string {
  const body = commit ? `${review}\nOf commit ${commit}.\n` : review;
  if (body.length <= maxLength) return body;
  // The note precedes the text: a list that was cut off would swallow what follows it.
  return cutOffNote + body.slice(0, maxLength - cutOffNote.length);
}
