import type { SessionBody } from "../auth/session-operations.ts";
import type { AccountExport } from "../users/operations.ts";
import type { SupportAction } from "./requests.ts";

/** An account. Address and name are masked, unless the request asks to show them. */
export interface SupportedUser {
  id: string;
  email: string;
  name: string;
  email_verified: boolean;
  created_at: string;
}

/** An entry of the audit log. */
export interface AuditBody {
  id: string;
  at: string;
  caller: string;
  source_ip: string;
  action: SupportAction;
  reason: string;
  discloses: boolean;
  /** What a search was for, masked. @default the entry is no search */
  searched?: string;
  /** `unknown` if the function ended before it wrote one. */
  outcome: "done" | "failed" | "unknown";
  /** Type of the problem with which it failed. */
  problem?: string;
}

/** What the support function returns for each action, besides the id of the entry in the audit log. */
export interface SupportResults {
  find: { user: SupportedUser };
  show: {
    user: SupportedUser & {
      updated_at: string;
      sessions: number;
      /** Null without a session. */
      last_session_used_at: string | null;
      activities: number;
      /** When the newest activity took place; null without one. */
      last_activity_at: string | null;
    };
  };
  /** Device and country are masked, unless the request asks to show them. */
  sessions: { sessions: Omit<SessionBody, "current">[] };
  "end-sessions": { ended: number };
  export: { export: AccountExport };
  delete: {
    /** False if the account was deleted before. */
    deleted: boolean;
    deleted_at: string;
  };
  resend: {
    /** False if the address is confirmed already. */
    queued: boolean;
  };
  audit: { entries: AuditBody[] };
}

/** The body of a successful response. */
export type SupportResponse<Action extends SupportAction> = SupportResults[Action] & {
  /** Id of the entry in the audit log. */
  audit_entry: string;
};
