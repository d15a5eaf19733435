import { randomUUID } from "node:crypto";
import { expect } from "chai";
import type { Db } from "mongodb";
import { startTcpProxy, type TcpProxy } from "../../scripts/drill/tcp-proxy.ts";
import { toProblem } from "../../service/platform/error-handler.ts";
import { createIndexes } from "../../service/platform/indexes.ts";
import { connectMongo } from "../../service/platform/mongo.ts";
import { describeWith } from "../support/real-services.ts";
import { expectProblem, newPerson, startService, type TestService, type TestUser } from "../support/service.ts";

/** Of mocha. The fake API Gateway in front of the service responds with 504 after 29 s. */
const timeoutMilliseconds = 60_000;

describeWith("MONGODB_URI", "When MongoDB fails", () => {
  let proxy: TcpProxy;
  let database: Db;
  let service: TestService;
  let user: TestUser;

  before(async () => {
    const uri = new URL(process.env.MONGODB_URI!);
    proxy = await startTcpProxy(uri.hostname, Number(uri.port || 27_017));
    uri.host = `127.0.0.1:${proxy.port}`;
    uri.pathname = `/ecobeat_test_${randomUUID().slice(0, 8)}`;
    database = await connectMongo(uri.href);
    await createIndexes(database);
    service = await startService({ database: async () => database });
    user = await service.register();
  });
  afterEach(() => proxy.restore());
  after(async () => {
    await database.dropDatabase();
    await database.client.close();
    proxy.close();
    await service.stop();
  });

  const requests: Record<string, () => ReturnType<TestService["send"]>> = {
    "a change": () => user.send("PATCH", "/v1/users/me", { body: { name: "Anna" } }),
    "a registration": () => service.send("POST", "/v1/auth/register", { body: newPerson() }),
  };

  for (const [what, fail] of [
    ["goes away", () => proxy.cut()],
    ["accepts requests and never responds", () => proxy.blackhole()],
  ] as const) {
    for (const [name, send] of Object.entries(requests)) {
      it(`and ${what}, ${name} gets 503 in time, and succeeds when it is back`, async function () {
        this.timeout(timeoutMilliseconds);
        fail();
        const response = await send();
        expectProblem(response, 503, "unavailable");
        expect(response.headers.get("retry-after")).to.equal("5");
        proxy.restore();
        expect((await send()).status).to.be.within(200, 201);
      });
    }
  }

  it("between two parts of a result, its reader gets an error in time", async function () {
    this.timeout(timeoutMilliseconds);
    const numbers = database.collection("numbers");
    await numbers.insertMany(Array.from({ length: 10 }, (_, number) => ({ number })));
    const cursor = numbers.find({}, { batchSize: 2 });
    await cursor.next();
    proxy.blackhole();
    const error = await cursor.toArray().catch((error) => error);
    expect(toProblem(error)).to.include({ status: 503, dependency: "database" });
  });
});
