import { expect } from "chai";
import { withRetryAfter } from "../../../clients/mobile/retry.ts";
import { skippedTime } from "./skipped-time.ts";

const baseUrl = "https://api.test";

/** Sends a request to a service that responds with these statuses one after the other. */
async function sent(method: string, path: string, statuses: number[], retryAfter?: string, sentHeaders = {}) {
  const waits: number[] = [];
  const bodies: string[] = [];
  const send = withRetryAfter(
    baseUrl,
    async (request) => {
      bodies.push(await request.text());
      const headers = retryAfter === undefined ? {} : { "Retry-After": retryAfter };
      return new Response(null, { status: statuses[bodies.length - 1]!, headers });
    },
    skippedTime((milliseconds) => waits.push(milliseconds)),
  );
  const body = method === "GET" ? null : "body";
  const { status } = await send(new Request(baseUrl + path, { method, body, headers: sentHeaders }));
  return { status, waits, bodies };
}

describe("A client that has to wait", () => {
  it("retries any request after a 429, with its body, since it had no effect", async () => {
    const { status, waits, bodies } = await sent("POST", "/v1/auth/login", [429, 200], "2");
    expect(status).to.equal(200);
    expect(bodies).to.deep.equal(["body", "body"]);
    expect(waits[0]).to.be.within(2_000, 2_500);
  });

  it("retries idempotent requests after a 503", async () => {
    for (const [method, path] of [
      ["GET", "/v1/users/me?x=1"],
      ["PUT", "/v1/auth/password"],
      ["POST", "/v1/auth/logout"],
    ] as const) {
      expect(await sent(method, path, [503, 504, 204], "1")).to.include({ status: 204 });
    }
  });

  it("retries no other request after a 503, as it may have had an effect", async () => {
    for (const [method, path] of [
      ["POST", "/v1/auth/register"],
      ["DELETE", "/v1/sessions/one"],
      ["PATCH", "/v1/users/me"],
    ] as const) {
      expect((await sent(method, path, [503, 200], "1")).bodies).to.have.length(1);
    }
  });

  it("retries a registration with a key", async () => {
    const { bodies } = await sent("POST", "/v1/auth/register", [503, 201], "1", { "Idempotency-Key": "a".repeat(16) });
    expect(bodies).to.have.length(2);
  });

  it("stops after three attempts", async () => {
    const { status, bodies } = await sent("GET", "/v1/users/me", [503, 503, 503, 200], "1");
    expect([status, bodies.length]).to.deep.equal([503, 3]);
  });

  it("does not wait for too long, nor for an invalid time", async () => {
    for (const retryAfter of ["900", "-1", "soon", undefined]) {
      expect((await sent("GET", "/v1/users/me", [429, 200], retryAfter)).waits).to.deep.equal([]);
    }
  });
});
