import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { APIGatewayProxyResult } from "aws-lambda";
import { type GatewayRequest, toApiGatewayEvent } from "../../scripts/aws/api-gateway-event.ts";
import { remapHeader } from "../../scripts/drill/gateway.ts";

export interface LambdaResponse {
  status: number;
  headers: Record<string, string[]>;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the service has returned
  body: any;
}

/** Options of {@link startLambda}. */
interface LambdaProcessProps {
  /** Folder of the unzipped archive. */
  folder: string;
  /** The file with the handler. @default that of the function `auth` */
  file?: string;
  /** @default the Node that runs the tests */
  node?: string | undefined;
  /** All environment variables of the process. */
  environment: Record<string, string>;
  /** Timeout of the function. @default 30 s */
  timeoutMs?: number;
}

/** The AWS SDK warns on Node.js 20, which Lambda does not run. */
const withoutVersionWarning = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" };

/** In `invoke-lines.cjs`, too. */
const resultPrefix = "RESULT ";

export type LambdaProcess = ReturnType<typeof startLambda>;

/** Starts the function in a separate process, as Lambda does. */
export function startLambda({
  folder,
  file = "auth.mjs",
  node = process.execPath,
  environment,
  timeoutMs = 30_000,
}: LambdaProcessProps) {
  const child = spawn(node, [join(import.meta.dirname, "invoke-lines.cjs"), join(folder, file), String(timeoutMs)], {
    cwd: folder,
    env: { ...withoutVersionWarning, ...environment },
    stdio: "pipe",
  });
  const lines: string[] = [];
  const log = () => lines.map((line) => `${line}\n`).join("");
  const errors = collectText(child.stderr);
  const results = new EventEmitter<{ result: [json: string] }>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line.startsWith(resultPrefix)) results.emit("result", line.slice(resultPrefix.length));
    else lines.push(line);
  });
  const ended = once(child, "close");

  /** Invokes the function with any event. An execution environment handles one at a time, so wait for its result. */
  async function invoke(event: unknown): Promise<unknown> {
    const result = once(results, "result");
    child.stdin.write(`${JSON.stringify(event)}\n`);
    const json = await Promise.race([result.then(([json]) => json as string), ended.then(() => undefined)]);
    if (json === undefined) throw new Error(`The function ended without a response:\n${log()}${errors()}`);
    return JSON.parse(json);
  }

  return {
    invoke,
    /** Sends one request, as API Gateway does. */
    async send(request: GatewayRequest): Promise<LambdaResponse> {
      const result = (await invoke(toApiGatewayEvent(request))) as APIGatewayProxyResult;
      const { statusCode, multiValueHeaders, body, isBase64Encoded } = result;
      if (isBase64Encoded) throw new Error("The response is in base64, which API Gateway would not decode.");
      return {
        status: statusCode,
        headers: Object.fromEntries(
          Object.entries(multiValueHeaders as Record<string, string[]>).map(([name, values]) => [
            remapHeader(name),
            values,
          ]),
        ),
        body: body === "" ? undefined : JSON.parse(body),
      };
    },
    /** Freezes the function, as Lambda does between requests, and thaws it. */
    freeze: () => child.kill("SIGSTOP"),
    thaw: () => child.kill("SIGCONT"),
    /** The standard output of the function so far: all that it has written before its last result, and perhaps more. */
    log,
    /** Its standard error so far. */
    errors,
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

/** @returns a function that returns the text of the stream so far */
function collectText(stream: Readable): () => string {
  const chunks: string[] = [];
  stream.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
  return () => chunks.join("");
}
