import { Problem } from "../platform/problem.ts";

/** Problems of the support function alone. Those of its dependencies are the API's. */
export const supportProblems = {
  unknownCaller: () =>
    new Problem(
      403,
      "unknown-caller",
      "Unknown caller",
      "The request names no AWS identity, so that the audit log cannot say who it is from. Nothing was done. Call the function through " +
        "its URL, with a signature.",
    ),
  userNotFound: () =>
    new Problem(
      404,
      "user-not-found",
      "No such account",
      "There is no account with this address or id. Check it for typing errors.",
    ),
  userDeleted: (deletedAt: Date) =>
    new Problem(
      410,
      "user-deleted",
      "Account deleted",
      "The account was deleted at `deleted_at`. Its data is gone, except in backups and in the archive.",
      { members: { deleted_at: deletedAt.toISOString() } },
    ),
  mailNotQueued: (cause: unknown) =>
    new Problem(
      503,
      "mail-not-queued",
      "Mail not queued",
      "The queue of mails did not confirm the mail. Try again later.",
      { cause },
    ),
  notRecorded: (cause: unknown) =>
    new Problem(
      503,
      "not-recorded",
      "Not recorded",
      "The audit log did not confirm the entry, so that nothing was done. Try again later.",
      { cause, dependency: "database" },
    ),
};
