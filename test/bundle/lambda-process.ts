import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { APIGatewayProxyResult } from "aws-lambda";
import { type GatewayRequest, toApiGatewayEvent } from "../../scripts/aws/api-gateway-event.ts";

/** What the function answered. */
export interface LambdaResponse {
  status: number;
  headers: Record<string, string[]>;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the service has answered
  body: any;
}

/** A fresh Node process that has loaded the function. */
export interface LambdaProcess {
  /** Sends one request. An execution environment serves one at a time, so wait for its answer. */
  send(request: GatewayRequest): Promise<LambdaResponse>;
  /** What the function has written to standard output so far: its log. */
  log(): string;
  stop(): Promise<void>;
}

/** What a {@link LambdaProcess} runs. */
export interface LambdaProcessProps {
  /** Folder of the unzipped archive. */
  folder: string;
  /** @default the Node that runs the tests */
  node?: string | undefined;
  /** All that the process finds in its environment. */
  environment: Record<string, string>;
}

/** Starts the function in a process of its own, as Lambda does. */
export function startLambda({
  folder,
  node = process.execPath,
  environment,
}: LambdaProcessProps): LambdaProcess {
  const runner = join(import.meta.dirname, "invoke-lines.cjs");
  const child = spawn(node, [runner, join(folder, "index.js")], {
    cwd: folder,
    env: environment,
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  });
  const [input, stdout, stderr, results] = child.stdio as unknown as [Writable, Readable, Readable, Readable];
  const [log, errors] = [collectText(stdout), collectText(stderr)];
  const answers = createInterface({ input: results })[Symbol.asyncIterator]();
  const ended = once(child, "exit");

  return {
    async send(request) {
      input.write(`${JSON.stringify(toApiGatewayEvent(request))}\n`);
      const { value } = await answers.next();
      if (value === undefined) throw new Error(`The function ended without an answer:\n${log()}${errors()}`);
      const answer = JSON.parse(value) as APIGatewayProxyResult;
      return {
        status: answer.statusCode,
        headers: answer.multiValueHeaders as Record<string, string[]>,
        body: parseBody(answer),
      };
    },
    log,
    async stop() {
      input.end();
      await ended;
    },
  };
}

/** Reads a stream, and gives on demand what has come so far. */
function collectText(stream: Readable): () => string {
  const chunks: string[] = [];
  stream.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
  return () => chunks.join("");
}

function parseBody({ body, isBase64Encoded }: APIGatewayProxyResult): unknown {
  if (isBase64Encoded) throw new Error("The answer is in base64: API Gateway would send it as it is.");
  return body === "" ? undefined : JSON.parse(body);
}
