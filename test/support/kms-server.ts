import { createPublicKey } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { SigningKey } from "../../service/auth/signing-keys.ts";
import { setVariables } from "./variables.ts";

/** A body, the name of an error, or no answer at all. */
export type KmsResponse = Record<string, unknown> | `${string}Exception` | "silence";

/** A KMS that answers as a test wants. */
export interface KmsServer {
  stop(): void;
}

/** Starts a KMS, and leads all clients that are made from now on to it, until it stops. */
export async function startKmsServer(
  answer: (action: string, input: Record<string, unknown>) => KmsResponse,
): Promise<KmsServer> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const action = String(request.headers["x-amz-target"]).split(".")[1]!;
    const answered = answer(action, JSON.parse(Buffer.concat(chunks).toString()));
    if (answered === "silence") return;
    response.setHeader("content-type", "application/x-amz-json-1.1");
    if (typeof answered === "string") response.statusCode = 400;
    response.end(JSON.stringify(typeof answered === "string" ? { __type: answered } : answered));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  const putBack = setVariables({
    AWS_ENDPOINT_URL_KMS: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  });

  return {
    stop() {
      putBack();
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A key's public half, as KMS gives it: SubjectPublicKeyInfo in DER, in base64. */
export const exportPublicKey = ({ publicJwk }: SigningKey): string =>
  createPublicKey({ key: publicJwk as never, format: "jwk" })
    .export({ format: "der", type: "spki" })
    .toString("base64");
