import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { type ConnectionOptions, connect } from "node:tls";
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { parseJson } from "../../service/platform/parse-json.ts";

/** An API, and who may use it. */
export interface SmokeTestTarget {
  /** Its public address, which its access tokens name as their issuer. */
  readonly url: URL;
  /** An origin whose pages may call it. */
  readonly origin: string;
  /** Opens its routes. @default nothing behind the key is checked */
  readonly apiKey?: string | undefined;
  /** Logs in. @default nobody does */
  readonly account?: { readonly email: string; readonly password: string } | undefined;
}

/** Thrown by a check that lacks what it needs: what to give it. */
export class SmokeTestSkipped extends Error {}

const responseTimeoutMs = 10_000;

/** ACM has renewed by then; our alarm rings at as many. */
const minCertificateDays = 30;

const dayMs = 24 * 60 * 60 * 1_000;

/** A route that needs the app's key. */
const protectedPath = "/v1/users/me";
const foreignOrigin = "https://stranger.example";

/** What a server agreed to. */
interface TlsSession {
  readonly protocol: string;
  readonly validUntil: Date;
}

/** @returns the addresses that the name of a URL has */
export async function checkDns({ hostname }: URL): Promise<string> {
  const addresses = await lookup(hostname, { all: true }).catch(({ code }: NodeJS.ErrnoException) => {
    throw new Error(
      `${hostname} has no address (${code}). Look at its records with dig, and at your own connection`,
    );
  });
  return addresses.map(({ address }) => address).join(", ");
}

/** Holds a server to TLS 1.3, no version before it, and a certificate that is ours and lasts. */
export async function checkTls(url: URL): Promise<string> {
  const { protocol, validUntil } = await openTlsSession(url, { minVersion: "TLSv1.3" }).catch((error) => {
    throw new Error(describeTlsError(error));
  });
  const days = Math.floor((validUntil.getTime() - Date.now()) / dayMs);
  if (days < minCertificateDays) {
    throw new Error(`the certificate ends in ${days} days. See runbooks/certificate.md`);
  }
  const older = await openTlsSession(url, { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" }).catch(
    () => undefined,
  );
  if (older) {
    throw new Error(`${older.protocol} is let in. Demand TLS 1.3 where the name is served: see docs/tls.md`);
  }
  return `${protocol} alone, certificate for another ${days} days`;
}

/** OpenSSL's own words say nothing to whoever is woken by them. */
function describeTlsError({ code = "", message }: NodeJS.ErrnoException): string {
  if (/PROTOCOL_VERSION|HANDSHAKE_FAILURE|UNSUPPORTED_PROTOCOL/.test(code)) {
    return "TLS 1.3 is not spoken. Demand TLS 1.3 where the name is served: see docs/tls.md";
  }
  return /CERT|SIGNATURE|ISSUER/.test(code) ? `${message}. See runbooks/certificate.md` : message;
}

function openTlsSession({ hostname, port }: URL, versions: ConnectionOptions): Promise<TlsSession> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: hostname,
      port: Number(port || 443),
      // A name may be asked for, and no address.
      ...(isIP(hostname) === 0 && { servername: hostname }),
      ...versions,
    });
    socket.setTimeout(responseTimeoutMs, () => socket.destroy(new Error("nobody answers within 10 s")));
    socket.on("error", reject);
    socket.on("secureConnect", () => {
      resolve({
        protocol: socket.getProtocol() ?? "",
        validUntil: new Date(socket.getPeerCertificate().valid_to),
      });
      socket.destroy();
    });
  });
}

export async function checkReadiness(target: SmokeTestTarget): Promise<string> {
  const { status, body } = await sendRequest(target, "GET", "/health/ready");
  const dependencies = Object.entries((body.dependencies ?? {}) as Record<string, { status: string }>);
  const down = dependencies.filter((dependency) => dependency[1].status !== "up").map(([name]) => name);
  if (status === 200 && dependencies.length === 0) {
    throw new Error(
      "/health/ready answers 200 and names no dependency: it is not the service that answers. Look at the name's records",
    );
  }
  if (status === 200 && down.length === 0) return dependencies.map(([name]) => `${name} up`).join(", ");
  throw new Error(
    down.length > 0
      ? `${down.join(" and ")} down. See runbooks/high-errors.md`
      : `/health/ready answers ${status}. See runbooks/high-errors.md`,
  );
}

/** Without the key nobody comes in, and none that is made up opens. */
export async function checkApiKey(target: SmokeTestTarget): Promise<string> {
  for (const [kind, apiKey] of [
    ["no key", undefined],
    ["a key that nobody has", "made-up"],
  ] as const) {
    const { status } = await sendRequest({ ...target, apiKey }, "GET", protectedPath);
    if (status !== 403) {
      throw new Error(
        `${protectedPath} answers ${status} to ${kind}, not 403. Compare the API's routes with a plan of service`,
      );
    }
  }
  return "403 without it";
}

/** A browser may read answers on our pages, and on no others. */
export async function checkCors(target: SmokeTestTarget): Promise<string> {
  const ask = async (origin: string) => {
    const headers = { origin, "access-control-request-method": "GET" };
    const answer = await sendRequest(target, "OPTIONS", protectedPath, { headers });
    return answer.headers.get("access-control-allow-origin");
  };
  const [own, others] = await Promise.all([ask(target.origin), ask(foreignOrigin)]);
  if (own !== target.origin) {
    throw new Error(`pages of ${target.origin} are refused. Look at corsOrigins in stacks/environments/`);
  }
  if (others === foreignOrigin || others === "*") {
    throw new Error("pages of anybody may read answers. Look at corsOrigins in stacks/environments/");
  }
  return `${target.origin} alone of two`;
}

/** The keys by which others verify our tokens are there, and no private half of one. */
export async function checkKeySet(target: SmokeTestTarget): Promise<string> {
  const { keys } = await fetchKeySet(target);
  if (keys.some((key) => key.d !== undefined)) {
    throw new Error("a private key is published. See runbooks/rotate-signing-keys.md, at once");
  }
  const usable = keys.filter(({ kid, kty }) => kid !== undefined && kty === "RSA");
  if (usable.length === 0) throw new Error("no key is published. See runbooks/rotate-signing-keys.md");
  return `${usable.length} published`;
}

/** An account can log in, its token is signed by a published key, and its session ends again. */
export async function checkLogin(target: SmokeTestTarget): Promise<string> {
  const { url, apiKey, account } = target;
  if (!apiKey || !account) throw new SmokeTestSkipped("set HEALTH_API_KEY, HEALTH_EMAIL and HEALTH_PASSWORD");
  const { status, body } = await sendRequest(target, "POST", "/v1/auth/login", { body: account });
  if (status !== 200) throw new Error(`the login answers ${status}. See runbooks/high-errors.md`);
  const { access_token, refresh_token } = body as { access_token: string; refresh_token: string };
  await jwtVerify(access_token, createLocalJWKSet(await fetchKeySet(target)), {
    issuer: url.origin,
    audience: url.origin,
  });
  const ended = await sendRequest(target, "POST", "/v1/auth/logout", { body: { refresh_token } });
  if (ended.status >= 300) throw new Error(`the logout answers ${ended.status}, and the session goes on`);
  return "in, verified, and out";
}

async function fetchKeySet(target: SmokeTestTarget): Promise<JSONWebKeySet> {
  const { status, body } = await sendRequest(target, "GET", "/.well-known/jwks.json");
  if (status !== 200 || !Array.isArray(body.keys)) {
    throw new Error(`/.well-known/jwks.json answers ${status}, without keys. See runbooks/high-errors.md`);
  }
  return { keys: body.keys };
}

interface RequestParts {
  readonly headers?: Record<string, string>;
  readonly body?: object;
}

async function sendRequest(
  { url, apiKey }: SmokeTestTarget,
  method: string,
  path: string,
  sent: RequestParts = {},
) {
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
