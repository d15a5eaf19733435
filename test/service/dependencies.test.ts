import { randomUUID } from "node:crypto";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { expect } from "chai";
import express, { type Request, type Response } from "express";
import { type Backends, createDependencies, type ServiceDependencies } from "../../service/dependencies.ts";
import { toProblem } from "../../service/platform/error-handler.ts";
import { jsonLogger } from "../../service/platform/logging.ts";
import { Metrics } from "../../service/platform/metrics.ts";
import { type CloudFaultName, cloudFaults, failOnce } from "../support/cloud-faults.ts";
import { type CloudService, cloudTimeouts, type FakeCloud, startFakeCloud } from "../support/fake-cloud.ts";
import { testConfig } from "../support/service.ts";

/** Parts, and how a test uses each. The compiler refuses a table that lacks one. */
type Uses<Parts> = { [Part in keyof Parts]: { needs: readonly CloudService[]; use(parts: Parts): Promise<unknown> } };

const userId = randomUUID();

/** A request and response of Express, without a connection. */
function exchange(headers: Record<string, string>): { request: Request; response: Response } {
  const app = express();
  const request = Object.assign(Object.create(app.request), new IncomingMessage(new Socket()), { headers });
  const response = Object.create(app.response, Object.getOwnPropertyDescriptors(new ServerResponse(request)));
  return { request, response };
}

type Parts = Omit<ServiceDependencies, "events" | "metrics" | "checks">;

const partUses: Uses<Parts> = {
  users: { needs: ["SSM", "MongoDB"], use: async ({ users }) => (await users()).findById(userId) },
  activities: {
    needs: ["SSM", "MongoDB"],
    use: async ({ activities }) => (await activities()).findByKeys(userId, ["key"]),
  },
  erasures: { needs: ["SSM", "MongoDB"], use: async ({ erasures }) => (await erasures()).mark(userId, new Date()) },
  passwords: { needs: [], use: async ({ passwords }) => (await passwords()).hash("a long passphrase") },
  accessTokens: {
    needs: ["SSM", "KMS"],
    use: async ({ accessTokens }) => (await accessTokens()).issue({ userId, sessionId: "session" }),
  },
  tokens: { needs: ["SSM", "KMS", "Redis"], use: async ({ tokens }) => (await tokens()).open(userId, Date.now(), {}) },
  registrationKeys: {
    needs: ["SSM"],
    use: async ({ registrationKeys }) =>
      (await registrationKeys()).computeHash(exchange({ "idempotency-key": randomUUID() }).request),
  },
  // Without Redis, a cache is slow and no failure.
  userCache: { needs: [], use: async ({ userCache }) => (await userCache()).read(userId, "Profile", async () => 1) },
  sessions: { needs: ["SSM", "Redis"], use: async ({ sessions }) => (await sessions()).isOpen({ userId, id: "1" }, 0) },
  // Without Redis, each process counts alone.
  limits: { needs: ["SSM"], use: async ({ limits }) => (await limits()).refresh(exchange({}).response, "session") },
  signingKeys: { needs: ["SSM", "KMS"], use: async ({ signingKeys }) => (await signingKeys()).published() },
};

const checkUses: Uses<ServiceDependencies["checks"]> = {
  database: { needs: ["SSM", "MongoDB"], use: ({ database }) => database() },
  redis: { needs: ["SSM", "Redis"], use: ({ redis }) => redis() },
  signing_key: { needs: ["SSM", "KMS"], use: ({ signing_key }) => signing_key() },
};

const backendUses: Uses<Backends> = {
  database: {
    needs: ["SSM", "MongoDB"],
    use: async ({ database }) => (await database()).collection("users").findOne({}),
  },
  sessions: { needs: ["SSM", "Redis"], use: async ({ sessions }) => (await sessions()).ping() },
  signingKeys: { needs: ["SSM", "KMS"], use: ({ signingKeys }) => signingKeys() },
  refreshTokenPepper: { needs: ["SSM"], use: ({ refreshTokenPepper }) => refreshTokenPepper() },
  rateLimits: {
    needs: ["SSM", "Redis"],
    use: async ({ rateLimits }) => (await rateLimits())!.run((client) => client.ping()),
  },
  userCache: { needs: [], use: async ({ userCache }) => (await userCache()).read(userId, "Profile", async () => 1) },
};

describe("In AWS", () => {
  let cloud: FakeCloud;
  let started: ReturnType<FakeCloud["start"]>;
  before(async () => {
    cloud = await startFakeCloud();
  });
  beforeEach(() => {
    started = cloud.start();
  });
  afterEach(async () => {
    for (const service of Object.keys(cloud.failures)) delete cloud.failures[service as CloudService];
    await started.close();
  });
  after(() => cloud.stop());

  const create = () =>
    createDependencies(
      started.backends,
      testConfig,
      Date.now,
      jsonLogger(() => {}),
      new Metrics(Date.now),
      cloudTimeouts,
    );

  function itRecovers<Parts>(what: string, uses: Uses<Parts>, create: () => Parts) {
    for (const name of Object.keys(cloudFaults) as CloudFaultName[]) {
      it(`${what}: works at the second use when ${name} at the first`, async () => {
        const { service } = cloudFaults[name];
        const [failed, expected]: [string[], string[]] = [[], []];
        for (const [part, { needs, use }] of Object.entries(uses) as [string, Uses<Parts>[keyof Parts]][]) {
          await started.close();
          started = cloud.start();
          const parts = create();
          const hasFailed = failOnce(cloud.failures, name);
          if (needs.includes(service)) expected.push(part);
          await use(parts).catch((error) => {
            failed.push(part);
            expect(toProblem(error), `${part}: ${error.stack}`).to.include({ status: 503 });
          });
          if (needs.includes(service)) expect(hasFailed(), `${part} has met the fault`).to.equal(true);
          delete cloud.failures[service];
          await use(parts).catch((error) => expect.fail(`${part} still fails: ${error.stack}`));
        }
        expect(failed).to.deep.equal(expected);
      });
    }
  }

  itRecovers("each part", partUses, create);
  itRecovers("each check", checkUses, () => create().checks);
  itRecovers("each backend", backendUses, () => started.backends);
});
