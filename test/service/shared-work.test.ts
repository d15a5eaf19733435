import { expect } from "chai";
import { SigningKeyRing } from "../../service/auth/signing-key-ring.ts";
import type { SigningKey } from "../../service/auth/signing-keys.ts";
import { Parameters } from "../../service/cloud/parameters.ts";
import { parameters } from "../../service/contract.ts";
import { DeadlineError, RequestDeadline, runUntil, untilDeadline } from "../../service/platform/deadline.ts";
import { jsonLogger } from "../../service/platform/logging.ts";
import { once } from "../../service/platform/once.ts";
import { RedisConnection } from "../../service/platform/redis.ts";
import { type KmsServer, ssmResponse, startKmsServer } from "../support/kms-server.ts";
import { RedisServer } from "../support/redis-server.ts";

const redis = new RedisServer();
/** What SSM waits for before it responds. */
let ssm: () => Promise<void>;

/** What several requests may wait for, built upon a call that they share. */
const shared: Record<string, (call: () => Promise<void>) => () => Promise<unknown>> = {
  "a part of the service": (call) => once(call),
  "a read of the signing keys"(call) {
    const key = { kid: "a", publicJwk: { kid: "a" } } as SigningKey;
    const ring = new SigningKeyRing(
      async () => {
        await call();
        return { current: key };
      },
      Date.now,
      jsonLogger(() => {}),
    );
    return () => ring.current();
  },
  "a read of the parameters"(call) {
    ssm = call;
    const read = new Parameters("staging", Date.now);
    return () => read.use(parameters.redisUrl, (value) => value);
  },
  "a connection to Redis"(call) {
    const connection = new RedisConnection(async (connect) => {
      await call();
      return connect(`redis://127.0.0.1:${redis.port}`);
    });
    return () => connection.run((client) => client.ping());
  },
};

describe("The deadline of the request that begins", () => {
  let aws: KmsServer;
  before(async () => {
    await redis.start();
    aws = await startKmsServer(async (_action, input) => {
      await ssm();
      return ssmResponse("staging", input, { [parameters.redisUrl]: "redis://cache" });
    });
  });
  after(() => {
    redis.stop();
    aws.stop();
  });

  for (const [what, build] of Object.entries(shared)) {
    it(`${what} does not end it for others`, async () => {
      let [calls, respond] = [0, () => {}];
      const response = new Promise<void>((resolve) => {
        respond = resolve;
      });
      const use = build(() => {
        calls += 1;
        return untilDeadline("SSM", () => response);
      });
      const first = await new Promise((resolve) => {
        runUntil(new RequestDeadline(1, () => {}), () => use().catch(resolve));
      });
      expect(first).to.be.instanceOf(DeadlineError);
      const second = use();
      respond();
      await second;
      expect(calls).to.equal(1);
    });
  }
});
