import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { useServer } from "../support/listen.ts";
import { awsAt } from "../support/variables.ts";
import { ops } from "./run-ops.ts";

interface LambdaResponse {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body: object;
}

/** A fake of AWS Lambda during a suite. */
export class FakeLambda {
  /** The response to each request. */
  response: LambdaResponse = { body: {} };
  /** Those to the next requests, in order. */
  responses: LambdaResponse[] = [];
  /** Paths and bodies of the requests of the last command. */
  requests: { path: string; body: unknown }[] = [];

  readonly #server = createServer(async (request, response) => {
    this.requests.push({ path: request.url!, body: JSON.parse((await text(request)) || "{}") });
    const { status = 200, headers, body } = this.responses.shift() ?? this.response;
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  });
  readonly #port = useServer(this.#server);

  /** Runs `npm run ops --` against it. */
  ops(args: string[], variables: NodeJS.ProcessEnv = {}): ReturnType<typeof ops> {
    this.requests = [];
    return ops(args, { ...awsAt(`http://127.0.0.1:${this.#port()}`), AWS_REGION: "", MONGODB_URI: "", ...variables });
  }
}
