import { productName } from "../company.ts";
import type { Mail } from "../mail/mail.ts";
import type { LocalBackends } from "./backends.ts";
import type { Endpoints } from "./http-server.ts";
import { mailsRoute } from "./mails-page.ts";

/** Options of {@link startupBanner}. */
export interface StartupBannerOptions {
  endpoints: Endpoints;
  /** Issuer and audience of access tokens. */
  apiUrl: string;
  apiKey: string;
  local: LocalBackends;
}

/** The text that the server prints when it is ready. */
export const startupBanner = ({ endpoints, apiUrl, apiKey, local }: StartupBannerOptions): string => `
${productName} API on ${endpoints.url}, ready after ${process.uptime().toFixed(1)} s

  database     ${local.database.description}
  sessions     ${local.sessions.description}
  signing key  ${local.signingKey.description}
  mails        files in ${local.mailFolder}, and on ${endpoints.url}${mailsRoute}
  API key      ${apiKey}
${describeNetworkAccess(endpoints, apiUrl)}
Read and try the API on ${endpoints.url}/docs, or here:
  curl -s ${endpoints.url}/health/ready
  curl -s ${endpoints.url}/v1/auth/register -H 'x-api-key: ${apiKey}' -H 'content-type: application/json' \\
    -d '{"email":"ann-'$RANDOM'@example.com","password":"a long passphrase","name":"Ann"}'
`;

function describeNetworkAccess({ url, network: [likeliest, ...others] }: Endpoints, apiUrl: string): string {
  if (!likeliest) return "";
  return `
A phone on the same network uses
  ${likeliest}${others.length > 0 ? `\n  or, if that is unreachable, ${others.join(", ")}` : ""}
Start the Expo app with
  EXPO_PUBLIC_API_URL=${likeliest}
${url === apiUrl ? "" : `Access tokens have the issuer ${apiUrl} and are valid at all addresses.\n`}`;
}

/** The text that the server prints for a mail. Not a line of the log, which redacts addresses and tokens: the link must work. */
export const describeMail = (mail: Mail): string =>
  `mail ${mail.kind} to ${mail.to}${"link" in mail ? `: ${mail.link}` : ""}`;
