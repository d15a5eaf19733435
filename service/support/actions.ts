import type { Problem } from "../platform/problem.ts";
import { deleteAccount } from "../users/deletion.ts";
import { exportAccount } from "../users/export.ts";
import type { User } from "../users/repository.ts";
import type { AuditRecord } from "./audit-log.ts";
import type { SupportDependencies } from "./dependencies.ts";
import { maskEmail, maskText } from "./masking.ts";
import { supportProblems } from "./problems.ts";
import type { RequestOf, SupportAction, SupportRequest } from "./requests.ts";
import type { AuditBody, SupportedUser, SupportResults } from "./results.ts";

/** The result of an action, and the account that it was about. */
export interface Performed<Action extends SupportAction = SupportAction> {
  readonly result: SupportResults[Action];
  readonly userId: string;
}

type Actions = {
  readonly [Action in SupportAction]: (
    dependencies: SupportDependencies,
    request: RequestOf<Action>,
    entryId: string,
  ) => Promise<Performed<Action>>;
};

/**
 * Performs an action whose entry is in the audit log.
 * @param entryId of that entry
 * @throws the problem `user-not-found` or `user-deleted`, or that of a dependency
 */
export const perform = (
  dependencies: SupportDependencies,
  request: SupportRequest,
  entryId: string,
): Promise<Performed> =>
  // The request is that of its action.
  (actions[request.action] as (...values: Parameters<typeof perform>) => Promise<Performed>)(
    dependencies,
    request,
    entryId,
  );

const actions: Actions = {
  async find(service, { email, show }) {
    const user = await (await service.users()).findByEmail(email);
    if (!user) throw supportProblems.userNotFound();
    return { result: { user: toSupportedUser(user, show) }, userId: user._id };
  },

  async show(service, { user_id: userId, show }) {
    const now = service.clock();
    const [user, sessions, activities] = await Promise.all([
      findUser(service, userId),
      service.sessions(),
      service.activities(),
    ]);
    const [open, count, [newest]] = await Promise.all([
      sessions.list(userId, now),
      activities.count(userId),
      activities.page(userId, {}, 1, now),
    ]);
    return {
      result: {
        user: {
          ...toSupportedUser(user, show),
          updated_at: user.updatedAt.toISOString(),
          sessions: open.length,
          last_session_used_at: open[0] ? new Date(open[0].lastUsedAt).toISOString() : null,
          activities: count,
          last_activity_at: newest?.occurredAt.toISOString() ?? null,
        },
      },
      userId,
    };
  },

  async sessions(service, { user_id: userId, show }) {
    await findUser(service, userId);
    const open = await (await service.sessions()).list(userId, service.clock());
    const toShown = (text: string | undefined) => (text === undefined ? null : show ? text : maskText(text));
    const sessions = open.map(({ id, device, country, createdAt, lastUsedAt }) => ({
      id,
      device: toShown(device),
      country: toShown(country),
      created_at: new Date(createdAt).toISOString(),
      last_used_at: new Date(lastUsedAt).toISOString(),
    }));
    return { result: { sessions }, userId };
  },

  async "end-sessions"(service, { user_id: userId }) {
    await findUser(service, userId);
    const sessions = await service.sessions();
    const open = await sessions.list(userId, service.clock());
    await sessions.revokeAll(userId, service.clock());
    service.events.record("session_revoked", userId);
    return { result: { ended: open.length }, userId };
  },

  async export(service, { user_id: userId, cursor }) {
    const open = await (await service.sessions()).list(userId, service.clock());
    // No session of the user requests it.
    const part = await exportAccount(service, { userId, id: "" }, open, cursor, service.clock());
    if (!part) throw await explainMissing(service, userId);
    return { result: { export: part }, userId };
  },

  async delete(service, { user_id: userId }) {
    const [users, erasures] = await Promise.all([service.users(), service.erasures()]);
    const [user, deletedBefore] = await Promise.all([users.findById(userId), erasures.findDeletion(userId)]);
    if (!user && !deletedBefore) throw supportProblems.userNotFound();
    // Also after an earlier deletion, which may have failed half way.
    await deleteAccount(service, userId, service.clock);
    service.events.record("session_revoked", userId);
    const deletedAt = (await erasures.findDeletion(userId)) ?? new Date(service.clock());
    return { result: { deleted: user !== null, deleted_at: deletedAt.toISOString() }, userId };
  },

  async resend(service, { user_id: userId }) {
    const user = await findUser(service, userId);
    if (isVerified(user)) return { result: { queued: false }, userId };
    const kind = "email-verification";
    const [link, mails] = await Promise.all([(await service.links()).create(kind, user), service.mails()]);
    try {
      await mails.put({ kind, to: user.email, ...link });
    } catch (error) {
      service.metrics.count("MailsNotQueued");
      throw supportProblems.mailNotQueued(error);
    }
    service.metrics.count("MailsQueued");
    return { result: { queued: true }, userId };
  },

  async audit({ audit }, { user_id: userId }, entryId) {
    const records = (await (await audit()).list(userId)).filter(({ _id }) => _id !== entryId);
    return { result: { entries: records.map(toAuditBody) }, userId };
  },
};

async function findUser(service: SupportDependencies, userId: string): Promise<User> {
  const user = await (await service.users()).findById(userId);
  if (user) return user;
  throw await explainMissing(service, userId);
}

async function explainMissing(service: SupportDependencies, userId: string): Promise<Problem> {
  const deletedAt = await (await service.erasures()).findDeletion(userId);
  return deletedAt ? supportProblems.userDeleted(deletedAt) : supportProblems.userNotFound();
}

const isVerified = (user: User): boolean => user.emailVerifiedAt !== undefined;

function toSupportedUser(user: User, show: boolean): SupportedUser {
  return {
    id: user._id,
    email: show ? user.email : maskEmail(user.email),
    name: show ? user.name : maskText(user.name),
    email_verified: isVerified(user),
    created_at: user.createdAt.toISOString(),
  };
}

const toAuditBody = ({ _id, at, sourceIp, outcome, userId: _userId, ...entry }: AuditRecord): AuditBody => ({
  id: _id,
  at: at.toISOString(),
  source_ip: sourceIp,
  ...entry,
  outcome: outcome?.outcome ?? "unknown",
  ...(outcome?.problem && { problem: outcome.problem }),
});
