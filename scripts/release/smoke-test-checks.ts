import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { type ConnectionOptions, connect } from "node:tls";
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { parseJson } from "../../service/platform/parse-json.ts";

/** The API under test, and credentials for it. */
export interface SmokeTestTarget {
  /** Its public URL, the issuer of its access tokens. */
  readonly url: URL;
  /** An allowed CORS origin. */
  readonly origin: string;
  /** The app's key. @default checks that need it are skipped */
  readonly apiKey?: string | undefined;
  /** Account for the login. @default the login is skipped */
  readonly account?: { readonly email: string; readonly password: string } | undefined;
  /**
   * Days for which the certificate must be valid.
   *
   * @default 30: by then ACM has renewed it, and our alarm has the same threshold
   */
  readonly minCertificateDays?: number;
}

/** Thrown by a check without the variables that it needs, with their names. */
export class SmokeTestSkipped extends Error {}

const responseTimeoutMs = 10_000;

const dayMs = 24 * 60 * 60 * 1_000;

/** A route that needs the app's key. */
const protectedPath = "/v1/users/me";
const foreignOrigin = "https://stranger.example";

/** The result of a TLS handshake. */
interface TlsSession {
  readonly protocol: string;
  readonly validUntil: Date;
}

/** @returns the addresses of a URL's host */
export async function checkDns({ hostname }: URL): Promise<string> {
  const addresses = await lookup(hostname, { all: true }).catch(({ code }: NodeJS.ErrnoException) => {
    throw new Error(`${hostname} has no address (${code}). Check its DNS records with dig, and your own network`);
  });
  return addresses.map(({ address }) => address).join(", ");
}

/** Requires TLS 1.3, no earlier version, and a trusted certificate that does not expire soon. */
export async function checkTls({ url, minCertificateDays = 30 }: SmokeTestTarget): Promise<string> {
  const { protocol, validUntil } = await openTlsSession(url, { minVersion: "TLSv1.3" }).catch((error) => {
    throw new Error(describeTlsError(error));
  });
  const days = Math.floor((validUntil.getTime() - Date.now()) / dayMs);
  if (days < minCertificateDays) {
    throw new Error(`the certificate expires in ${days} days. See runbooks/certificate.md`);
  }
  const older = await openTlsSession(url, { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" }).catch((error) => {
    if (isTlsRefusal(error)) return undefined;
    throw new Error(`whether the server refuses TLS 1.2 is unknown: ${error.message}. Run the tests again`);
  });
  if (older) {
    throw new Error(`the server accepts ${older.protocol}. Require TLS 1.3 at the endpoint: see docs/tls.md`);
  }
  return `only ${protocol}, certificate valid for another ${days} days`;
}

/** An alert, or the end of the connection instead of one. Any other error says nothing about the version. */
const isTlsRefusal = ({ code = "" }: NodeJS.ErrnoException): boolean =>
  /PROTOCOL_VERSION|HANDSHAKE_FAILURE|UNSUPPORTED_PROTOCOL|^ECONNRESET$/.test(code);

/** Replaces OpenSSL's messages, which do not help an on-call engineer. */
function describeTlsError({ code = "", message }: NodeJS.ErrnoException): string {
  if (/PROTOCOL_VERSION|HANDSHAKE_FAILURE|UNSUPPORTED_PROTOCOL/.test(code)) {
    return "the server does not support TLS 1.3. Require TLS 1.3 at the endpoint: see docs/tls.md";
  }
  return /CERT|SIGNATURE|ISSUER/.test(code) ? `${message}. See runbooks/certificate.md` : message;
}

function openTlsSession({ hostname, port }: URL, versions: ConnectionOptions): Promise<TlsSession> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: hostname,
      port: Number(port || 443),
      // SNI takes a host name, not an address.
      ...(isIP(hostname) === 0 && { servername: hostname }),
      ...versions,
    });
    socket.setTimeout(responseTimeoutMs, () => socket.destroy(new Error("no response within 10 s")));
    socket.on("error", reject);
    socket.on("secureConnect", () => {
      resolve({ protocol: socket.getProtocol() ?? "", validUntil: new Date(socket.getPeerCertificate().valid_to) });
      socket.destroy();
    });
  });
}

export async function checkReadiness(target: SmokeTestTarget): Promise<string> {
  const { status, body } = await sendRequest(target, "GET", "/health/ready");
  const dependencies = Object.entries((body.dependencies ?? {}) as Record<string, { status: string }>);
  const down = dependencies.filter((dependency) => dependency[1].status !== "up").map(([name]) => name);
  if (status === 200 && dependencies.length === 0) {
    throw new Error("/health/ready returns 200 without dependencies: another server responds. Check the DNS records");
  }
  if (status === 200 && down.length === 0) return dependencies.map(([name]) => `${name} up`).join(", ");
  throw new Error(
    down.length > 0
      ? `${down.join(" and ")} down. See runbooks/high-errors.md`
      : `/health/ready returns ${status}. See runbooks/high-errors.md`,
  );
}

/** Requires that a request without the app's key, or with an invalid one, gets 403. */
export async function checkApiKey(target: SmokeTestTarget): Promise<string> {
  for (const [kind, apiKey] of [
    ["no key", undefined],
    ["an invalid key", "invalid"],
  ] as const) {
    const { status } = await sendRequest({ ...target, apiKey }, "GET", protectedPath);
    if (status !== 403) {
      throw new Error(
        `${protectedPath} returns ${status} for ${kind}, not 403. Compare the API's routes with a plan of service`,
      );
    }
  }
  return "403 without it";
}

/** Requires that our origin may read responses in a browser, and another origin may not. */
export async function checkCors(target: SmokeTestTarget): Promise<string> {
  const getAllowedOrigin = async (origin: string) => {
    const headers = { origin, "access-control-request-method": "GET" };
    const response = await sendRequest(target, "OPTIONS", protectedPath, { headers });
    return response.headers.get("access-control-allow-origin");
  };
  const [own, others] = await Promise.all([getAllowedOrigin(target.origin), getAllowedOrigin(foreignOrigin)]);
  if (own !== target.origin) {
    throw new Error(`the origin ${target.origin} is not allowed. Check corsOrigins in stacks/environments/`);
  }
  if (others === foreignOrigin || others === "*") {
    throw new Error("every origin is allowed. Check corsOrigins in stacks/environments/");
  }
  return `only ${target.origin} of two origins`;
}

/** Requires a public key to verify tokens with, and no private key. */
export async function checkKeySet(target: SmokeTestTarget): Promise<string> {
  const { keys } = await fetchKeySet(target);
  if (keys.some((key) => key.d !== undefined)) {
    throw new Error("a private key is published. Follow runbooks/rotate-signing-keys.md immediately");
  }
  const usable = keys.filter(({ kid, kty }) => kid !== undefined && kty === "RSA");
  if (usable.length === 0) throw new Error("no key is published. See runbooks/rotate-signing-keys.md");
  return `${usable.length} published`;
}

/** Logs in, verifies the token with a published key, and logs out. */
export async function checkLogin(target: SmokeTestTarget): Promise<string> {
  const { url, apiKey, account } = target;
  if (!apiKey || !account) throw new SmokeTestSkipped("set HEALTH_API_KEY, HEALTH_EMAIL and HEALTH_PASSWORD");
  const { status, body } = await sendRequest(target, "POST", "/v1/auth/login", { body: account });
  if (status !== 200) throw new Error(`the login returns ${status}. See runbooks/high-errors.md`);
  const { access_token, refresh_token } = body as { access_token: string; refresh_token: string };
  await jwtVerify(access_token, createLocalJWKSet(await fetchKeySet(target)), {
    issuer: url.origin,
    audience: url.origin,
  });
  const ended = await sendRequest(target, "POST", "/v1/auth/logout", { body: { refresh_token } });
  if (ended.status >= 300) throw new Error(`the logout returns ${ended.status}, and the session continues`);
  return "login, verification and logout succeeded";
}

async function fetchKeySet(target: SmokeTestTarget): Promise<JSONWebKeySet> {
  const { status, body } = await sendRequest(target, "GET", "/.well-known/jwks.json");
  if (status !== 200 || !Array.isArray(body.keys)) {
    throw new Error(`/.well-known/jwks.json returns ${status}, without keys. See runbooks/high-errors.md`);
  }
  return { keys: body.keys };
}

interface RequestParts {
  readonly headers?: Record<string, string>;
  readonly body?: object;
}

async function sendRequest({ url, apiKey }: SmokeTestTarget, method: string, path: string, sent: RequestParts = {}) {
  const response = await fetch(new URL(path, url), {
    method,
    headers: {
      ...(apiKey !== undefined && { "x-api-key": apiKey }),
      ...(sent.body && { "content-type": "application/json" }),
      ...sent.headers,
    },
    ...(sent.body && { body: JSON.stringify(sent.body) }),
    signal: AbortSignal.timeout(responseTimeoutMs),
  });
  const text = await response.text();
  const body = (parseJson(text) ?? {}) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, body };
}
