import { createPublicKey } from "node:crypto";
import { createServer } from "node:http";
import type { SigningKey } from "../../service/auth/signing-keys.ts";
import { type DeployedEnvironment, parameterPath } from "../../service/contract.ts";
import { listenHttp } from "./listen.ts";
import { setVariables } from "./variables.ts";

/** A body, the name of an error, a status, no response, half a body, half a body without its end, or the end of the connection. */
export type KmsResponse =
  | Record<string, unknown>
  | `${string}Exception`
  | number
  | "silence"
  | "half"
  | "stuck"
  | "drop";

/** A fake KMS and SSM whose responses a test chooses. */
export interface KmsServer {
  stop(): void;
}

/** Starts a fake KMS and SSM, and directs all new clients to it, until it stops. */
export async function startKmsServer(
  respond: (action: string, input: Record<string, unknown>) => KmsResponse | Promise<KmsResponse>,
): Promise<KmsServer> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const action = String(request.headers["x-amz-target"]).split(".")[1]!;
    const reply = await respond(action, JSON.parse(Buffer.concat(chunks).toString()));
    if (reply === "silence") return;
    if (reply === "drop") return void response.destroy();
    response.setHeader("content-type", "application/x-amz-json-1.1");
    if (reply === "stuck") return void response.write('{"KeyId":"arn:aws');
    if (reply === "half") return void response.end('{"KeyId":"arn:aws');
    if (typeof reply !== "object") response.statusCode = typeof reply === "number" ? reply : 400;
    response.end(JSON.stringify(typeof reply === "object" ? reply : { __type: String(reply) }));
  });
  const url = await listenHttp(server);
  const restore = setVariables({
    AWS_ENDPOINT_URL_KMS: url,
    AWS_ENDPOINT_URL_SSM: url,
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  });

  return {
    stop() {
      restore();
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

/**
 * What SSM responds to `GetParameters`: parameters that do not exist are listed, too.
 * @param values by name, without the path
 */
export function ssmResponse(
  environment: DeployedEnvironment,
  { Names }: Record<string, unknown>,
  values: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const byPath = new Map(Object.entries(values).map(([name, value]) => [parameterPath(environment, name), value]));
  const names = Names as string[];
  return {
    Parameters: names.filter((Name) => byPath.has(Name)).map((Name) => ({ Name, Value: byPath.get(Name) })),
    InvalidParameters: names.filter((Name) => !byPath.has(Name)),
  };
}
