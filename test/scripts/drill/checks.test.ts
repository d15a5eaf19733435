import { createServer } from "node:http";
import { expect } from "chai";
import { ApiClient, createActivity } from "../../../scripts/drill/api-client.ts";
import { checkService } from "../../../scripts/drill/checks.ts";
import type { Seed } from "../../../scripts/drill/seed.ts";
import { useEmbeddedDatabase } from "../../support/database-suites.ts";
import { useServer } from "../../support/listen.ts";

const account = { email: "ann@example.com", password: "a long passphrase" };

describe("A drill", () => {
  const database = useEmbeddedDatabase();
  let response: unknown;
  const port = useServer(
    createServer((_request, reply) => {
      reply.setHeader("content-type", "application/json");
      reply.end(JSON.stringify(response));
    }),
  );
  const createClient = () => new ApiClient(`http://127.0.0.1:${port()}`, "key", account);

  for (const [results, isConfirmed] of [
    [[{ status: "created" }], true],
    [[{ status: "exists" }], true],
    [[{ status: "refused" }], false],
    [[{}], false],
    [[], false],
    [undefined, false],
  ] as const) {
    it(`counts a write as ${isConfirmed ? "" : "not "}confirmed by the results ${JSON.stringify(results)}`, async () => {
      response = { results };
      expect(await createClient().record(createActivity())).to.equal(isConfirmed);
    });
  }

  it("does not pass without a write from before the recovery point, which could have been lost", async () => {
    response = { activities: [], next_cursor: null };
    const client = createClient();
    const seed = { clients: [client, client], confirmed: [], bulkActivities: 0, bulkUsers: 0 } as unknown as Seed;
    const survived = async (...times: number[]) => {
      const confirmed = times.map((at) => ({ client, activity: createActivity(), at }));
      response = { activities: confirmed.map(({ activity }) => activity), next_cursor: null };
      const { checks } = await checkService({ database: database(), seed, confirmed, recoveryPoint: 10 });
      return checks.find(({ name }) => name.startsWith("writes before the recovery point"))!.passed;
    };
    expect([await survived(), await survived(11), await survived(9)]).to.deep.equal([false, false, true]);
  });
});
