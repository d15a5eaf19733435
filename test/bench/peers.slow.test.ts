import type { APIGatewayProxyResult } from "aws-lambda";
import { expect } from "chai";
import { createRegistration } from "../../bench/in-process-service.ts";
import { peers } from "../../bench/warm-request.ts";
import { toApiGatewayEvent } from "../../scripts/aws/api-gateway-event.ts";

/** A program of a peer; the service of all registers the user. */
interface Program {
  handler(event: unknown, context: unknown): Promise<APIGatewayProxyResult>;
  register: Program["handler"];
}

/** Calls a handler, and returns its response and what it has logged. */
async function call(handler: Program["handler"], event: unknown) {
  const { write } = process.stdout;
  const lines: string[] = [];
  process.stdout.write = ((line: string) => lines.push(line) > 0) as typeof write;
  try {
    const { statusCode, headers, multiValueHeaders, body } = await handler(event, {
      getRemainingTimeInMillis: () => 30_000,
    });
    const all = Object.entries({ ...headers, ...multiValueHeaders }).map(
      ([name, value]) => [name.toLowerCase(), String(value).replace("; charset=utf-8", "")] as const,
    );
    // What a framework adds for a connection of its own, or to a response without a body.
    const added = ["connection", "content-length", "date", ...(body ? [] : ["content-type"])];
    const own = all.filter(([name]) => !added.includes(name));
    const [line] = lines.map((each) => ({ ...JSON.parse(each), timestamp: undefined, duration_ms: undefined }));
    return { response: { statusCode, headers: Object.fromEntries(own), body: body && JSON.parse(body) }, line };
  } finally {
    process.stdout.write = write;
  }
}

describe("peers of the warm read", () => {
  for (const peer of peers) {
    it(`respond and log as the service does: ${peer}`, async () => {
      const { handler, register }: Program = await import(`../../bench/entries/peers/${peer}.ts`);
      const { response } = await call(register, createRegistration(`${peer}@example.com`));
      expect(response.statusCode).to.equal(201);
      const event = toApiGatewayEvent({ path: "/v1/users/me", token: response.body.access_token });
      const expected = await call(register, structuredClone(event));
      expect(expected.response.body.email).to.equal(`${peer}@example.com`);
      expect(expected.line).to.include({ route: "/v1/users/me", user_id: response.body.user.id });
      expect(await call(handler, structuredClone(event))).to.deep.equal(expected);
      const again = toApiGatewayEvent({
        path: "/v1/users/me",
        token: response.body.access_token,
        headers: { "If-None-Match": expected.response.headers.etag! },
      });
      expect(await call(handler, structuredClone(again))).to.deep.equal(await call(register, again));
    });
  }
});
