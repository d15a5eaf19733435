import { generateKeyPairSync, privateEncrypt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A KMS with one RSA key. */
export interface KmsStandIn {
  url: string;
  stop(): void;
}

/** What PKCS #1 puts before a SHA-256 digest to say that it is one (RFC 8017, 9.2, note 1). */
const sha256Prefix = Buffer.from("3031300d060960864801650304020105000420", "hex");

/**
 * Signs digests as KMS does. The AWS emulator does not know `MessageType: DIGEST`: it hashes the digest once more,
 * and no token that it signs holds.
 */
export async function kmsStandIn(): Promise<KmsStandIn> {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const der = publicKey.export({ format: "der", type: "spki" });
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { Message } = JSON.parse(Buffer.concat(chunks).toString()) as { Message?: string };
    const answer =
      Message === undefined
        ? { PublicKey: der.toString("base64") }
        : { Signature: signDigest(Buffer.from(Message, "base64")).toString("base64") };
    response.setHeader("Content-Type", "application/x-amz-json-1.1").end(JSON.stringify(answer));
  });
  const signDigest = (digest: Buffer) => privateEncrypt(privateKey, Buffer.concat([sha256Prefix, digest]));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
