import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

interface Comment {
  readonly id: number;
  body: string;
  readonly user: { readonly login: string } | null;
}

/** An answer in place of what would be done. */
interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A stand-in for what GitHub's REST API does with the comments of pull request 7 of `ecobeat/platform`:
 * https://docs.github.com/en/rest/issues/comments
 */
export class GitHub {
  readonly token = "stand-in-token";
  readonly comments: Comment[] = [];
  /** Methods and paths of all that was asked. */
  readonly calls: string[] = [];
  /** The next answers, one each. */
  readonly refusals: Refusal[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      let text = "";
      for await (const chunk of request) text += chunk;
      const url = new URL(request.url!, "http://here");
      this.calls.push(`${request.method} ${url.pathname}${url.search}`);
      const isKnown = request.headers.authorization === `Bearer ${this.token}`;
      const refusal = isKnown ? this.refusals.shift() : { status: 401, message: "Bad credentials" };
      const { status, message, headers = {} } = refusal ?? { status: 0, message: "" };
      const [answerStatus, answer] = status
        ? [status, { message }]
        : this.#answer(request.method!, url, text);
      response.writeHead(answerStatus, { "content-type": "application/json", ...headers });
      response.end(JSON.stringify(answer));
    });
  }

  static async start(): Promise<GitHub> {
    const github = new GitHub();
    await new Promise<void>((resolve) => {
      github.#server.listen(0, "127.0.0.1", resolve);
    });
    return github;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Has somebody comment. */
  comment(login: string | undefined, body: string): Comment {
    const comment = { id: this.comments.length + 1, body, user: login ? { login } : null };
    this.comments.push(comment);
    return comment;
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #answer(method: string, url: URL, text: string): [status: number, body: unknown] {
    const all = "/repos/ecobeat/platform/issues/7/comments";
    if (url.pathname === all && method === "GET") {
      const size = Number(url.searchParams.get("per_page") ?? 30);
      const page = Number(url.searchParams.get("page") ?? 1);
      return [200, this.comments.slice((page - 1) * size, page * size)];
    }
    const [, id] = /^\/repos\/ecobeat\/platform\/issues\/comments\/(\d+)$/.exec(url.pathname) ?? [];
    const known = this.comments.find((comment) => comment.id === Number(id));
    const isWritten = (url.pathname === all && method === "POST") || (known && method === "PATCH");
    if (!isWritten) return [404, { message: "Not Found" }];
    const { body } = JSON.parse(text);
    if (body.length > 65_536) return [422, { message: "Validation Failed" }];
    if (!known) return [201, this.comment("github-actions[bot]", body)];
    known.body = body;
    return [200, known];
  }
}
