import { randomUUID } from "node:crypto";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { expect } from "chai";
import express, { type Request, type Response } from "express";
import { ConfigurationError } from "../../service/config.ts";
import { type Backends, createDependencies, type ServiceDependencies } from "../../service/dependencies.ts";
import { localBackends } from "../../service/local/backends.ts";
import { toProblem } from "../../service/platform/error-handler.ts";
import { jsonLogger } from "../../service/platform/logging.ts";
import { Metrics } from "../../service/platform/metrics.ts";
import { type CloudFaultName, cloudFaults, failOnce } from "../support/cloud-faults.ts";
import {
  type CloudService,
  cloudTimeouts,
  type FakeCloud,
  silenceTimeouts,
  startFakeCloud,
} from "../support/fake-cloud.ts";
import { testConfig } from "../support/service.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";
import { setVariables } from "../support/variables.ts";

/** Parts, and how a test uses each. The compiler refuses a table that lacks one. */
type Uses<Parts> = { [Part in keyof Parts]: { needs: readonly CloudService[]; use(parts: Parts): Promise<unknown> } };

const userId = randomUUID();

const isSilent = (name: CloudFaultName) => /does not (respond|reply)/.test(name);

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
  signingKeys: { needs: ["SSM", "KMS"], use: async ({ signingKeys }) => (await signingKeys()).current.ping() },
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
          started = cloud.start(Date.now, isSilent(name) ? silenceTimeouts : cloudTimeouts);
          const parts = create();
          const left = failOnce(cloud.failures, name);
          if (needs.includes(service)) expected.push(part);
          await use(parts).catch((error) => {
            failed.push(part);
            expect(toProblem(error), `${part}: ${error.stack}`).to.include({ status: 503 });
          });
          if (needs.includes(service)) expect(left(), `failures that ${part} has not met`).to.equal(0);
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

describe("On a developer's machine with services", () => {
  const folder = useTemporaryFolder();
  let cloud: FakeCloud;
  let restore: () => void;
  const { uptime } = process;
  before(async () => {
    cloud = await startFakeCloud();
    // A server that has just been started waits for services, and one that was started long ago does not.
    process.uptime = () => 0;
    restore = setVariables({ AWS_ENDPOINT_URL: process.env.AWS_ENDPOINT_URL_KMS! });
  });
  after(async () => {
    restore();
    process.uptime = uptime;
    await cloud.stop();
  });

  const start = () => {
    const { AWS_ENDPOINT_URL } = process.env;
    return localBackends({ ...cloud.variables, AWS_ENDPOINT_URL, ECOBEAT_DATA_DIR: folder() }, new Metrics(Date.now));
  };
  const faults = (Object.keys(cloudFaults) as CloudFaultName[])
    .map((name) => ({ name, service: cloudFaults[name].service as CloudService }))
    // There are no parameters, and the timeouts are those of production.
    .filter(({ name, service }) => service !== "SSM" && !isSilent(name));
  const isAtLogin = (name: string) => /login|the user$|a client$/.test(name);

  // The driver of MongoDB logs in at the start, and sends no other command.
  for (const { name, service } of faults.filter(({ name, service }) => service !== "MongoDB" || isAtLogin(name))) {
    it(`the server refuses to start when ${name}, and starts after that`, async () => {
      const left = failOnce(cloud.failures, name);
      const error = await start().catch((error) => error);
      expect(error).to.be.instanceOf(ConfigurationError);
      expect(left()).to.be.below(cloudFaults[name].times);
      delete cloud.failures[service];
      await (await start()).close();
    });
  }

  for (const { name, service } of faults.filter(({ name }) => !isAtLogin(name))) {
    it(`each backend works at the second use when ${name} at the first`, async () => {
      const { backends, close } = await start();
      const [failed, expected]: [string[], string[]] = [[], []];
      for (const [part, { needs, use }] of Object.entries(backendUses)) {
        failOnce(cloud.failures, name);
        if (needs.includes(service)) expected.push(part);
        await use(backends).catch((error) => {
          failed.push(part);
          expect(toProblem(error), `${part}: ${error.stack}`).to.include({ status: 503 });
        });
        delete cloud.failures[service];
        await use(backends).catch((error) => expect.fail(`${part} still fails: ${error.stack}`));
      }
      expect(failed).to.deep.equal(expected);
      await close();
    });
  }
});
