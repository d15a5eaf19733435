import { expect } from "chai";
import type { ApiResponse, RequestOptions } from "../../bench/load/client.ts";
import type { LinkPurpose } from "../../service/auth/links.ts";
import type { Mail, NoMail } from "../../service/mail/mail.ts";

/** What these functions need of a service under test. */
interface Mailing {
  mails: readonly (Mail | NoMail)[];
  send(method: string, path: string, options?: RequestOptions): Promise<ApiResponse>;
}

/** The links of one kind that an address got by mail so far, the oldest first. */
export const listLinks = ({ mails }: Pick<Mailing, "mails">, kind: LinkPurpose, to: string): string[] =>
  mails.flatMap((mail) => (mail.kind === kind && mail.to === to ? [mail.link] : []));

/** The token of the newest link of one kind that an address got by mail. */
export function getToken(service: Pick<Mailing, "mails">, kind: LinkPurpose, to: string): string {
  const link = listLinks(service, kind, to).at(-1);
  expect(link, `a mail of the kind ${kind} to ${to}`).to.be.a("string");
  return new URL(link!).searchParams.get("token")!;
}

/** Confirms the address of a registered user by the link of the mail. */
export async function confirmAddress(
  service: Mailing,
  { email }: { email: string },
  headers: Record<string, string> = {},
): Promise<void> {
  const body = { token: getToken(service, "email-verification", email) };
  const { status, body: problem } = await service.send("POST", "/v1/auth/email/confirm", { body, headers });
  expect(status, JSON.stringify(problem)).to.equal(204);
}

/** Requests a password reset for a confirmed address, and returns the token of the link. */
export async function requestReset(
  service: Mailing,
  { email }: { email: string },
  headers: Record<string, string> = {},
): Promise<string> {
  const { status } = await service.send("POST", "/v1/auth/password-reset", { body: { email }, headers });
  expect(status).to.equal(202);
  return getToken(service, "password-reset", email);
}
