import type { AuditBody, SupportedUser, SupportResults } from "../../service/support/results.ts";
import { formatTable } from "../cli/table.ts";

const never = "never";

/** The lines about an account. */
export function formatUser(user: SupportedUser | SupportResults["show"]["user"]): string[] {
  return formatTable([
    ["id", user.id],
    ["e-mail", `${user.email}, ${user.email_verified ? "confirmed" : "not confirmed"}`],
    ["name", user.name],
    ["created", user.created_at],
    ...("sessions" in user
      ? [
          ["profile changed", user.updated_at],
          ["sessions", `${user.sessions}, last used ${user.last_session_used_at ?? never}`],
          ["activities", `${user.activities}, newest ${user.last_activity_at ?? never}`],
        ]
      : []),
  ]);
}

/** The lines about sessions. */
export const formatSessions = ({ sessions }: SupportResults["sessions"]): string[] =>
  sessions.length === 0
    ? ["no open sessions"]
    : formatTable([
        ["session", "device", "country", "begun", "last used"],
        ...sessions.map((each) => [
          each.id,
          each.device ?? "unknown",
          each.country ?? "unknown",
          each.created_at,
          each.last_used_at,
        ]),
      ]);

/** The lines about entries of the audit log, newest first. */
export const formatAudit = ({ entries }: SupportResults["audit"]): string[] =>
  entries.length === 0
    ? ["no entries"]
    : formatTable([["when", "who", "what", "outcome", "why"], ...entries.map(toAuditRow)]);

const toAuditRow = ({ at, caller, source_ip, action, discloses, outcome, reason }: AuditBody): string[] => [
  at,
  `${caller} from ${source_ip}`,
  `${action}${discloses ? ", personal data shown" : ""}`,
  outcome,
  reason,
];
