import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** By these the emulator knows account, service and action. */
const passedOn = ["authorization", "content-type", "x-amz-target"];

/**
 * The AWS emulator with the one thing that its Lambda lacks: an alias has another revision after each change, and a change that
 * names an older one is refused.
 */
export class AliasRevisions {
  /** What else happens before an alias is changed, such as a change by somebody else. */
  beforeChange: (alias: string) => Promise<void> = async () => {};
  readonly #emulator: string;
  readonly #revisions = new Map<string, number>();
  readonly #server = createServer(async (request, response) => {
    const { status, body } = await this.#serve(request);
    const type = status === 412 ? { "x-amzn-errortype": "PreconditionFailedException" } : {};
    response.writeHead(status, { "content-type": "application/json", ...type }).end(body);
  });

  constructor(emulator: string) {
    this.#emulator = emulator;
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #serve(request: IncomingMessage): Promise<{ status: number; body: string }> {
    const sent = await buffer(request);
    const alias = /functions\/([^/]+)\/aliases\/live/.exec(request.url!)?.[1];
    const isChange = alias !== undefined && request.method === "PUT";
    if (isChange) {
      await this.beforeChange(alias);
      const { RevisionId } = JSON.parse(sent.toString());
      if (RevisionId !== undefined && RevisionId !== this.#revision(alias)) {
        return { status: 412, body: '{"Message":"said Lambda"}' };
      }
      this.#revisions.set(alias, (this.#revisions.get(alias) ?? 0) + 1);
    }
    const answer = await fetch(new URL(request.url!, this.#emulator), {
      method: request.method!,
      headers: Object.fromEntries(
        passedOn.flatMap((name) => {
          const value = request.headers[name];
          return value === undefined ? [] : [[name, String(value)]];
        }),
      ),
      ...(sent.length > 0 && { body: sent }),
    });
    const body = await answer.text();
    if (!alias || !answer.ok) return { status: answer.status, body };
    const told = { ...JSON.parse(body), RevisionId: this.#revision(alias) };
    return { status: answer.status, body: JSON.stringify(told) };
  }

  #revision(alias: string): string {
    return `revision ${this.#revisions.get(alias) ?? 0}`;
  }
}
