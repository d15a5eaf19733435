import { createPublicKey } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { SigningKey } from "../../service/auth/signing-keys.ts";

/** A body, the name of an error, or no answer at all. */
export type KmsAnswer = Record<string, unknown> | `${string}Exception` | "silence";

/** A KMS that answers as a test wants. */
export interface KmsServer {
  stop(): void;
}

/** What clients of KMS are told by; put back when the server stops. */
const variables = [
  "AWS_ENDPOINT_URL_KMS",
  "AWS_REGION",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
] as const;

/** Starts a KMS, and leads all clients that are made from now on to it. */
export async function startKmsServer(
  answer: (action: string, input: Record<string, unknown>) => KmsAnswer,
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

  const saved = variables.map((name) => [name, process.env[name]] as const);
  process.env.AWS_ENDPOINT_URL_KMS = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env.AWS_REGION = "eu-west-1";
  process.env.AWS_ACCESS_KEY_ID = "test";
  process.env.AWS_SECRET_ACCESS_KEY = "test";

  return {
    stop() {
      for (const [name, value] of saved) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A key's public half, as KMS gives it: SubjectPublicKeyInfo in DER, in base64. */
export const publicKeyOf = ({ publicJwk }: SigningKey): string =>
  createPublicKey({ key: publicJwk as never, format: "jwk" })
    .export({ format: "der", type: "spki" })
    .toString("base64");
