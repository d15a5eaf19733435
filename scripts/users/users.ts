import { existsSync } from "node:fs";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { createExclusively } from "../../service/local/exclusive-file.ts";
import type { SupportAction } from "../../service/support/requests.ts";
import type { SupportResponse, SupportResults } from "../../service/support/results.ts";
import { hasCode, OperatorError } from "../cli/errors.ts";
import type { Log } from "../cli/output.ts";
import { confirm, type Prompt } from "../cli/prompt.ts";
import { callSupport, type ToSupport } from "./support-function.ts";

/** Options of every command of `users`. */
export interface SupportOptions {
  readonly environment: DeployedEnvironment;
  /** Why: a ticket. It is in the audit log. */
  readonly reason: string;
}

/** Options of a command that changes an account. */
export interface ChangeOptions extends SupportOptions {
  /** Skips the confirmation. */
  readonly yes?: boolean;
  /** Only says what it would do. @default false */
  readonly dryRun?: boolean;
  /** @default asks at the terminal of this process */
  readonly prompt?: Prompt;
}

type Members<Action extends SupportAction> = Omit<ToSupport<Action>, "action" | "reason">;

/** Performs an action, and returns what the function does. @throws {OperatorError} like {@link callSupport} */
export const act = <Action extends SupportAction>(
  { environment, reason }: SupportOptions,
  action: Action,
  members: Members<Action>,
): Promise<SupportResponse<Action>> =>
  callSupport<Action>(environment, { action, reason, ...members } as unknown as ToSupport<Action>);

type ShownUser = SupportResults["show"]["user"];

const describeUser = ({ id, email, name, created_at, sessions, activities }: ShownUser): string =>
  `${id} (${email}, ${name}, created ${created_at}) with ${sessions} sessions and ${activities} activities`;

/** What a change of an account did. In a dry run, what it would do. */
export type ChangeResult<Action extends SupportAction> =
  | SupportResponse<Action>
  | { readonly dryRun: boolean; readonly user: ShownUser };

/**
 * Changes an account after it has shown which, masked, and asked.
 *
 * @param describe what it is about to do, in a sentence
 * @throws {OperatorError} like {@link act} and {@link confirm}
 */
export async function change<Action extends "delete" | "end-sessions">(
  options: ChangeOptions,
  action: Action,
  userId: string,
  describe: (user: string) => string,
): Promise<ChangeResult<Action>> {
  const { environment, dryRun = false, yes, prompt } = options;
  if (dryRun || !yes) {
    const shown = act(options, "show", { user_id: userId }).catch((error: unknown) => {
      // A second deletion does what the first has left.
      if (!dryRun && action === "delete" && hasCode(error, "support-user-not-found")) return undefined;
      throw error;
    });
    const user = (await shown)?.user;
    if (dryRun) return { dryRun, user: user! };
    const what = describe(user ? describeUser(user) : `${userId}, which has no account any more`);
    const name = userId;
    await confirm({ consequence: `${what} in ${environment}.`, name, yes, prompt });
  }
  return act(options, action, { user_id: userId } as Members<Action>);
}

/** A file with the data of a user. */
export interface ExportedUser {
  readonly file: string;
  readonly activities: number;
  readonly parts: number;
  readonly emailVerified: boolean;
}

/**
 * Writes the data of a user to a file that only its owner can read: the JSON of the API's export, of all parts together. Nothing of
 * it is printed.
 *
 * @param log receives a line for each part
 * @throws {OperatorError} like {@link act}, and if the file exists or is not writable
 */
export async function exportUser(
  options: SupportOptions & { readonly to: string },
  userId: string,
  log: Log,
): Promise<ExportedUser> {
  const { to: file } = options;
  // Before anything is disclosed.
  if (existsSync(file)) throw fileExists(file);
  type Part = SupportResponse<"export">;
  const read = (cursor: string | null) => act(options, "export", { user_id: userId, ...(cursor && { cursor }) });
  const first: Part = await read(null);
  const activities = [...first.export.activities];
  let parts = 1;
  for (let cursor = first.export.next_cursor; cursor !== null; parts++) {
    log(`part ${parts}: ${activities.length} activities so far`);
    const { export: part }: Part = await read(cursor);
    activities.push(...part.activities);
    cursor = part.next_cursor;
  }
  const content = JSON.stringify({ ...first.export, activities, next_cursor: null });
  const isCreated = await createExclusively(file, content).catch((error: Error) => {
    throw new OperatorError("export-file-not-written", {
      what: `${file} was not written.`,
      why: `${error.message}.`,
      action: "Choose a file in a folder that you can write to.",
      cause: error,
    });
  });
  if (!isCreated) throw fileExists(file);
  return { file, activities: activities.length, parts, emailVerified: first.export.profile.email_verified === true };
}

const fileExists = (file: string) =>
  new OperatorError("export-file-exists", {
    what: `${file} exists, and was not changed.`,
    why: "It may contain the data of another user.",
    action: "Choose another file, or delete this one.",
  });
