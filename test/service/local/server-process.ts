import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compileServer } from "../../support/compiled-program.ts";
import { getSharedKey } from "../../support/service.ts";

const serviceVariables = ["MONGODB_URI", "REDIS_URL", "AWS_ENDPOINT_URL"] as const;

/** How a server ended. */
export interface Ended {
  code: number | null;
  output: string;
}

/** A server in a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  process: ChildProcess;
  /** Its output up to the `curl` lines, or all of it if it ended before. */
  banner: Promise<string>;
  ended: Promise<Ended>;
  /** Resolves when the output contains a text. @returns the output up to then */
  prints(text: string): Promise<string>;
}

/**
 * Starts the server as `npm start` does, on a free port, with none but the given services.
 * @param words the words after `npm start --`
 * @param npm whether the process is npm, and the server its child; otherwise the server is compiled
 * @param hasKey whether the folder gets a signing key before: to create one takes longer than all else
 */
export async function startServer(
  folder: string,
  variables: NodeJS.ProcessEnv = {},
  {
    currentFolder = process.cwd(),
    words = [],
    npm = false,
    hasKey = folder !== "",
  }: { currentFolder?: string; words?: string[]; npm?: boolean; hasKey?: boolean } = {},
): Promise<ServerProcess> {
  const environment: NodeJS.ProcessEnv = { ...process.env, PORT: "0", ECOBEAT_DATA_DIR: folder, ...variables };
  // Empty, so that a developer's `.env` does not set them.
  for (const name of serviceVariables) if (!(name in variables)) environment[name] = "";
  if (hasKey) addSigningKey(folder);
  const [program, parameters] = npm
    ? ["npm", ["start", "--", ...words]]
    : [process.execPath, [await compileServer(), ...words]];
  const child = spawn(program, parameters, { env: environment, cwd: currentFolder });
  let output = "";
  const waiting = new Map<string, () => void>();
  const read = (chunk: Buffer) => {
    output += chunk;
    for (const [text, resolve] of waiting) if (output.includes(text)) resolve();
  };
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  const prints = (text: string) => new Promise<string>((resolve) => waiting.set(text, () => resolve(output)));
  const ended = new Promise<Ended>((resolve) => child.once("close", (code) => resolve({ code, output })));
  return {
    process: child,
    banner: Promise.race([prints("-d '"), ended.then(({ output }) => output)]),
    ended,
    prints,
    async [Symbol.asyncDispose]() {
      child.kill("SIGINT");
      await ended;
    },
  };
}

function addSigningKey(folder: string): void {
  const path = join(folder, "signing-key.pem");
  if (existsSync(path)) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, getSharedKey());
}

/** The server's URL, as its banner says it. */
export const urlIn = (banner: string): string => /http:\/\/[\w.:[\]-]+/.exec(banner)![0];

/** Ends a server as Ctrl-C does. */
export async function stopServer(server: ServerProcess): Promise<Ended> {
  server.process.kill("SIGINT");
  return server.ended;
}

/** The header that the app sends to a server on this machine. */
export const apiKey = { "x-api-key": "development" };

/** Sends JSON. */
export const post = (url: string, body: object): Promise<Response> =>
  fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...apiKey },
    body: JSON.stringify(body),
  });
