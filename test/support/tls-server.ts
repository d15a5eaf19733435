import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type SecureContextOptions } from "node:tls";
import { promisify } from "node:util";
import { listen } from "./listen.ts";

/** A self-signed certificate and its key. */
export interface Certificate {
  readonly key: Buffer;
  readonly cert: Buffer;
  /** Path of `cert`, for `NODE_EXTRA_CA_CERTS`. */
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Creates a certificate in a folder of its own, with OpenSSL.
 * @param subject its only name
 * @param days until it expires
 */
export async function selfSignedCertificate(subject = "IP:127.0.0.1", days = 1): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), "ecobeat-certificate-"));
  const [key, path] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  await promisify(execFile)("openssl", [
    ...[
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-subj",
      "/CN=test",
      "-days",
      `${days}`,
    ],
    ...["-addext", `subjectAltName=${subject}`, "-keyout", key, "-out", path],
  ]);
  return { key: await readFile(key), cert: await readFile(path), path, remove: () => rm(folder, { recursive: true }) };
}

/** A TLS server that forwards each connection, without TLS. */
export interface TlsServer {
  readonly port: number;
  /** The negotiated version of each connection so far, such as `TLSv1.2`. */
  readonly versions: readonly string[];
  /** OpenSSL's code of each handshake that failed so far. */
  readonly failures: readonly string[];
  close(): void;
}

/** Forwards a free port of this machine, behind TLS, to a port without it. */
export async function tlsServer(port: number, options: SecureContextOptions): Promise<TlsServer> {
  const versions: string[] = [];
  const failures: string[] = [];
  const server = createServer({ ...options, noDelay: true }, (client) => {
    versions.push(client.getProtocol()!);
    const upstream = connect({ port, host: "127.0.0.1", noDelay: true });
    client.on("error", () => upstream.destroy()).pipe(upstream);
    upstream.on("error", () => client.destroy()).pipe(client);
  });
  server.on("tlsClientError", (error: NodeJS.ErrnoException) => failures.push(error.code ?? error.message));
  return { port: await listen(server), versions, failures, close: () => server.close() };
}
