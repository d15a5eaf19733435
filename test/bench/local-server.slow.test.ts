import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { createHttpClient } from "../../bench/load/client.ts";
import { startServer } from "../../bench/load/server.ts";

const account = { email: "ann@example.com", password: "a long passphrase", name: "Ann" };

/** Headers that a server has for its connections, and those of one response. */
const ownHeaders = ["connection", "date", "keep-alive", "x-request-id", "etag"];

/** What a server responds to a read of a new user's profile: with its API key, and without it. */
async function readProfile(entry: string) {
  const folder = await mkdtemp(join(tmpdir(), "ecobeat-local-server-"));
  const server = await startServer({ PATH: process.env.PATH, ECOBEAT_DATA_DIR: folder, API_KEY: "key" }, entry);
  const service = createHttpClient(server.serviceUrl, "key");
  const client = createHttpClient(server.url);
  try {
    const { body: session } = await service.send("POST", "/v1/auth/register", { body: account });
    const options = { token: session.access_token };
    const { status, headers, body } = await client.send("GET", "/v1/users/me", {
      ...options,
      headers: { "x-api-key": "key" },
    });
    expect(body).to.deep.equal(session.user);
    expect(headers.get("etag")).to.include(session.user.id);
    const refused = await client.send("GET", "/v1/users/me", options);
    expect(refused.status).to.be.greaterThanOrEqual(400);
    const again = await client.send("GET", "/v1/users/me", {
      ...options,
      headers: { "x-api-key": "key", "if-none-match": headers.get("etag")! },
    });
    expect(again.status).to.equal(304);
    return { status, headers: [...headers].filter(([name]) => !ownHeaders.includes(name)) };
  } finally {
    service.close();
    client.close();
    await server.stop();
    await rm(folder, { recursive: true });
  }
}

describe("The peer of the local server", () => {
  it("responds as the local server does", async () => {
    const [service, peer] = await Promise.all(["load-server.ts", "peers/fastify-server.ts"].map(readProfile));
    expect(service!.status).to.equal(200);
    expect(peer).to.deep.equal(service);
  });
});
