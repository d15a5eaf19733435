import { OperatorError } from "../cli/errors.ts";
import { findBase, readAcceptedChanges, readDocumentOf, readOwnDocument } from "./base-document.ts";
import { compareDocuments } from "./compare.ts";
import { formatChanges, splitAccepted } from "./report.ts";

/** What is checked. */
export interface ApiCheck {
  /** The folder of the checkout. */
  readonly root: string;
  /** The commit to compare with. @default where the checkout left `origin/main` */
  readonly base?: string | undefined;
  /** Prints a line of the result. */
  readonly print: (line: string) => void;
}

/**
 * Compares the API of a checkout with that of its base.
 * @throws {OperatorError} if a change breaks apps, and no commit accepts it
 */
export async function checkApi({ root, base, print }: ApiCheck): Promise<void> {
  const commit = await findBase(root, base);
  const changes = compareDocuments(await readDocumentOf(root, commit), await readOwnDocument(root), Date.now());
  const { accepted, refused } = splitAccepted(changes, await readAcceptedChanges(root, commit));
  for (const line of [...formatChanges(accepted, "accepted"), ...formatChanges(refused, "breaks apps")]) print(line);
  const since = commit.slice(0, 12);
  if (refused.length === 0) return print(`No${accepted.length > 0 ? " other" : ""} change since ${since} breaks apps.`);
  throw new OperatorError("api-breaking-changes", {
    what: `Changes since ${since} break apps that are already on phones: ${refused.length}.`,
    why: "An app stays on a phone for months, and calls the API as it was.",
    action:
      "Do what each line says (docs/changing-the-api.md). If a change affects no app, add the trailer of its line to a commit, and say why there.",
  });
}
