import { KMSClient, SignCommand } from "@aws-sdk/client-kms";
import type { SessionStore } from "../../service/auth/session-store.ts";
import { startKmsServer } from "../support/kms-server.ts";
import { failedOperation, unreachable } from "../support/real-errors.ts";
import { newPerson, startService, testSigningKey } from "../support/service.ts";

/** What log lines of failed requests contain. */
export interface LoggedValues {
  /** Names of the members of a line. */
  readonly fields: ReadonlySet<string>;
  /** The dependencies that lines name. */
  readonly dependencies: ReadonlySet<string>;
  /** Names of errors: the first part of a fingerprint, and the names in `cause`. */
  readonly errors: ReadonlySet<string>;
  /** Messages of errors in `cause`. */
  readonly messages: readonly string[];
}

/** Lets the dependencies of a service fail, each with the error of its own library, and reads the log. */
export async function readLoggedValues(): Promise<LoggedValues> {
  const lines: Record<string, unknown>[] = [];
  const fail = (create: () => Promise<Error>) => async () => {
    throw await create();
  };
  const key = await testSigningKey();
  const signWith = async (exception: "ThrottlingException" | "AccessDeniedException") => {
    const server = await startKmsServer(() => exception);
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const kms = new KMSClient({ region: "eu-west-1", credentials, maxAttempts: 1 });
    const input = { KeyId: "key", Message: new Uint8Array(1), SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256" } as const;
    const error: Error = await kms.send(new SignCommand(input)).then(
      () => new Error("KMS has signed"),
      (refusal: Error) => refusal,
    );
    server.stop();
    return error;
  };
  const authenticationFailed = { ok: 0, code: 18, codeName: "AuthenticationFailed", errmsg: "Authentication failed." };
  for (const overrides of [
    { database: fail(unreachable.mongodb) },
    { database: fail(() => failedOperation((users) => users.findOne(), authenticationFailed)) },
    { sessions: fail(unreachable.redis) as () => Promise<SessionStore> },
    { signingKeys: async () => ({ current: { ...key, sign: fail(() => signWith("ThrottlingException")) } }) },
    { signingKeys: async () => ({ current: { ...key, sign: fail(() => signWith("AccessDeniedException")) } }) },
  ]) {
    const service = await startService(overrides);
    const body = newPerson();
    await service.send("POST", "/v1/auth/register", { body });
    await service.stop();
    lines.push(...service.lines.filter(({ level }) => level === "error"));
  }
  const causes = lines.flatMap(({ cause }) => toChain(cause));
  const fingerprints = lines.map(({ fingerprint }) => String(fingerprint).replace(/-[^-]*$/, ""));
  return {
    fields: new Set(lines.flatMap((line) => Object.keys(line))),
    dependencies: new Set(lines.flatMap(({ dependency }) => (typeof dependency === "string" ? [dependency] : []))),
    errors: new Set([...fingerprints, ...causes.map(({ name }) => name)]),
    messages: causes.map(({ message }) => message),
  };
}

interface LoggedError {
  readonly name: string;
  readonly message: string;
  readonly cause?: unknown;
}

function toChain(error: unknown): LoggedError[] {
  if (typeof error !== "object" || error === null) return [];
  return [error as LoggedError, ...toChain((error as LoggedError).cause)];
}
