import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { DeadlineError, RequestDeadline, runUntil, untilDeadline } from "../../../service/platform/deadline.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { RedisUserCache } from "../../../service/platform/redis-user-cache.ts";
import { RedisServer } from "../../support/redis-server.ts";

/** Runs a step of a request whose deadline is near. */
const runInRequest = <T>(work: () => Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    runUntil(new RequestDeadline(1, () => {}), () => work().then(resolve, reject));
  });

describe("After the deadline of a request, Redis", () => {
  const server = new RedisServer();
  const commands: string[] = [];
  before(() => {
    server.intercept = ([name, key]) => {
      commands.push(`${name} ${key}`);
      return undefined;
    };
    return server.start();
  });
  after(() => server.stop());

  it("does not get a command that waited for a connection", async () => {
    let open = () => {};
    const isOpen = new Promise<void>((resolve) => {
      open = resolve;
    });
    const redis = new RedisConnection(async (connect) => {
      await isOpen;
      return connect(`redis://127.0.0.1:${server.port}`);
    });
    const error = await runInRequest(() => redis.run((client) => client.get("early"))).catch((error) => error);
    expect(error).to.be.instanceOf(DeadlineError);
    open();
    await redis.run((client) => client.get("late"));
    expect(commands).to.include("GET late").and.not.to.include("GET early");
    await redis.close();
  });

  it("still forgets what a write may have changed, which other processes would read", async () => {
    const redis = new RedisConnection(`redis://127.0.0.1:${server.port}`);
    const cache = new RedisUserCache(redis);
    const userId = randomUUID();
    const write = () => untilDeadline("MongoDB", () => new Promise(() => {}));
    await runInRequest(() => write().catch(() => cache.invalidate(userId)));
    expect(commands.filter((command) => command.startsWith("DEL") && command.includes(userId))).to.have.length(1);
    await redis.close();
  });
});
