import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { type ConnectionOptions, connect } from "node:tls";

/** ACM has renewed by then; our alarm rings at as many. */
const fewestDays = 30;

const answerMilliseconds = 10_000;
const dayMilliseconds = 24 * 60 * 60 * 1_000;

/** What a server agreed to. */
interface Agreement {
  readonly protocol: string;
  readonly validUntil: Date;
}

/** @returns the addresses that the name of a URL has */
export async function checkName({ hostname }: URL): Promise<string> {
  const addresses = await lookup(hostname, { all: true }).catch(({ code }: NodeJS.ErrnoException) => {
    throw new Error(
      `${hostname} has no address (${code}). Look at its records with dig, and at your own connection`,
    );
  });
  return addresses.map(({ address }) => address).join(", ");
}

/** Holds a server to TLS 1.3, no version before it, and a certificate that is ours and lasts. */
export async function checkTls(url: URL): Promise<string> {
  const { protocol, validUntil } = await agree(url, { minVersion: "TLSv1.3" }).catch((error) => {
    throw new Error(refusal(error));
  });
  const days = Math.floor((validUntil.getTime() - Date.now()) / dayMilliseconds);
  if (days < fewestDays) {
    throw new Error(`the certificate ends in ${days} days. See runbooks/certificate.md`);
  }
  const older = await agree(url, { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" }).catch(() => undefined);
  if (older) {
    throw new Error(`${older.protocol} is let in. Demand TLS 1.3 where the name is served: see docs/tls.md`);
  }
  return `${protocol} alone, certificate for another ${days} days`;
}

/** OpenSSL's own words say nothing to whoever is woken by them. */
function refusal({ code = "", message }: NodeJS.ErrnoException): string {
  if (/PROTOCOL_VERSION|HANDSHAKE_FAILURE|UNSUPPORTED_PROTOCOL/.test(code)) {
    return "TLS 1.3 is not spoken. Demand TLS 1.3 where the name is served: see docs/tls.md";
  }
  return /CERT|SIGNATURE|ISSUER/.test(code) ? `${message}. See runbooks/certificate.md` : message;
}

function agree({ hostname, port }: URL, versions: ConnectionOptions): Promise<Agreement> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: hostname,
      port: Number(port || 443),
      // A name may be asked for, and no address.
      ...(isIP(hostname) === 0 && { servername: hostname }),
      ...versions,
    });
    socket.setTimeout(answerMilliseconds, () => socket.destroy(new Error("nobody answers within 10 s")));
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
