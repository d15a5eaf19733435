import * as z from "zod";
import { text } from "../platform/text.ts";
import { uuidPattern } from "../platform/uuid.ts";
import { email } from "../users/schemas.ts";
import { reasonCharacters } from "./reason.ts";

/** Why a person looks at an account, or changes it. It names a ticket, and no personal data. */
const reason = text()
  .transform((value) => value.trim())
  .refine(
    (value) => [...value].length >= reasonCharacters.min && [...value].length <= reasonCharacters.max,
    `must have ${reasonCharacters.min} to ${reasonCharacters.max} characters`,
  );

const userId = z.string().regex(uuidPattern, "must be a UUID in lower case");

/** Whether personal data is shown as it is. @default false: it is masked */
const show = z.boolean().default(false);

const ofUser = <Action extends string>(action: Action) =>
  z.strictObject({ action: z.literal(action), reason, user_id: userId });

/** A request to the support function: one action on one account. */
export const supportRequest = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("find"), reason, email, show }),
  ofUser("show").extend({ show }),
  ofUser("sessions").extend({ show }),
  ofUser("end-sessions"),
  ofUser("export").extend({ cursor: text().optional() }),
  ofUser("delete"),
  ofUser("resend"),
  ofUser("audit"),
]);

/** A valid request. */
export type SupportRequest = z.output<typeof supportRequest>;

/** What a support engineer can do. */
export type SupportAction = SupportRequest["action"];

/** The request of one action. */
export type RequestOf<Action extends SupportAction> = Extract<SupportRequest, { action: Action }>;

/** Whether the response of a request contains personal data as it is. An export does by its nature. */
export const disclosesPersonalData = (request: SupportRequest): boolean =>
  request.action === "export" || ("show" in request && request.show);
