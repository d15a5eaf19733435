import { randomUUID } from "node:crypto";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { expect } from "chai";
import express, { type Request, type Response } from "express";
import { formatPepperParameter } from "../../service/auth/peppers.ts";
import { ConfigurationError } from "../../service/config.ts";
import { parameters } from "../../service/contract.ts";
import { type Backends, createDependencies, type ServiceDependencies } from "../../service/dependencies.ts";
import { localBackends } from "../../service/local/backends.ts";
import { toProblem } from "../../service/platform/error-handler.ts";
import { jsonLogger } from "../../service/platform/logging.ts";
import { Metrics } from "../../service/platform/metrics.ts";
import type { Timeouts } from "../../service/platform/timeouts.ts";
import { type CloudFaultName, cloudFaults, failOnce } from "../support/cloud-faults.ts";
import {
  type CloudService,
  cloudTimeouts,
  type FakeCloud,
  silenceTimeouts,
  startFakeCloud,
} from "../support/fake-cloud.ts";
import { ssmResponse } from "../support/kms-server.ts";
import { testConfig } from "../support/service.ts";
import { useShortestPauses } from "../support/shortest-pauses.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";
import { isThorough } from "../support/thorough.ts";
import { setVariables } from "../support/variables.ts";

/** Parts, and how a test uses each. The compiler refuses a table that lacks one. */
type Uses<Parts> = { [Part in keyof Parts]: { needs: readonly CloudService[]; use(parts: Parts): Promise<unknown> } };

const userId = randomUUID();

const isSilent = (name: CloudFaultName) => /does not (respond|reply)/.test(name);

const isEndedByTimeout = (name: CloudFaultName) => isSilent(name) || /are gone$/.test(name);

const patientTimeouts: Timeouts = {
  ...cloudTimeouts,
  redisCommand: 3_000,
  awsRequest: 3_000,
  databaseSelection: 3_000,
};
const impatientTimeouts: Timeouts = { ...cloudTimeouts, redisCommand: 60, awsRequest: 60, databaseSelection: 100 };

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
      (await registrationKeys()).computeHashes(exchange({ "idempotency-key": randomUUID() }).request),
  },
  // Without Redis, a cache is slow and no failure.
  userCache: { needs: [], use: async ({ userCache }) => (await userCache()).read(userId, "Profile", async () => 1) },
  sessions: { needs: ["SSM", "Redis"], use: async ({ sessions }) => (await sessions()).isOpen({ userId, id: "1" }, 0) },
  // Without Redis, each process counts alone.
  limits: { needs: ["SSM"], use: async ({ limits }) => (await limits()).refresh(exchange({}).response, "session") },
  signingKeys: { needs: ["SSM", "KMS"], use: async ({ signingKeys }) => (await signingKeys()).published() },
  // A mail that is not queued is no failure of its request.
  links: { needs: ["SSM", "Redis"], use: async ({ links }) => (await links()).create("password-reset") },
  outbox: { needs: [], use: async ({ outbox }) => (await outbox()).put({ kind: "none" }) },
};

const checkUses: Uses<ServiceDependencies["checks"]> = {
  database: { needs: ["SSM", "MongoDB"], use: ({ database }) => database() },
  redis: { needs: ["SSM", "Redis"], use: ({ redis }) => redis() },
  signing_key: { needs: ["SSM", "KMS"], use: ({ signing_key }) => signing_key() },
};

const backendUses: Uses<Omit<Backends, "mails">> = {
  database: {
    needs: ["SSM", "MongoDB"],
    use: async ({ database }) => (await database()).collection("users").findOne({}),
  },
  sessions: { needs: ["SSM", "Redis"], use: async ({ sessions }) => (await sessions()).ping() },
  links: { needs: ["SSM", "Redis"], use: async ({ links }) => (await links()).put("key", "value", 1_000) },
  signingKeys: { needs: ["SSM", "KMS"], use: async ({ signingKeys }) => (await signingKeys()).current.ping() },
  refreshTokenPeppers: { needs: ["SSM"], use: ({ refreshTokenPeppers }) => refreshTokenPeppers() },
  rateLimits: {
    needs: ["SSM", "Redis"],
    use: async ({ rateLimits }) => (await rateLimits())!.run((client) => client.ping()),
  },
  userCache: { needs: [], use: async ({ userCache }) => (await userCache()).read(userId, "Profile", async () => 1) },
};

describe("In AWS", () => {
  let cloud: FakeCloud;
  useShortestPauses();
  before(async () => {
    cloud = await startFakeCloud();
  });
  after(() => cloud.stop());

  function itRecovers<Parts>(
    what: string,
    uses: Uses<Parts>,
    create: (backends: Backends, timeouts: Timeouts) => Parts,
  ) {
    type Part = [name: string, use: Uses<Parts>[keyof Parts]];
    const called: Record<CloudService, Part[]> = { SSM: [], KMS: [], Redis: [], MongoDB: [] };

    async function run(timeouts: Timeouts, test: (parts: Parts) => Promise<void>): Promise<void> {
      const { backends, close } = cloud.start(Date.now, timeouts);
      try {
        await test(create(backends, timeouts));
      } finally {
        for (const service of Object.keys(called) as CloudService[]) delete cloud.failures[service];
        await close();
      }
    }

    const recover = (name: CloudFaultName, [part, { needs, use }]: Part, timeouts: Timeouts) =>
      run(timeouts, async (parts) => {
        const { service } = cloudFaults[name];
        const left = failOnce(cloud.failures, name);
        let isFailed = false;
        await use(parts).catch((error) => {
          isFailed = true;
          expect(toProblem(error), `${part}: ${error.stack}`).to.include({ status: 503 });
        });
        expect(isFailed, `whether ${part} failed`).to.equal(needs.includes(service));
        if (isFailed) expect(left(), `failures that ${part} has not met`).to.be.oneOf([0, Number.POSITIVE_INFINITY]);
        delete cloud.failures[service];
        await use(parts).catch((error) => expect.fail(`${part} still fails: ${error.stack}`));
      });

    describe(what, () => {
      before(async () => {
        for (const part of Object.entries(uses) as Part[]) {
          await run(cloudTimeouts, async (parts) => {
            const services = new Set<CloudService>();
            for (const service of Object.keys(called) as CloudService[])
              cloud.failures[service] = () => void services.add(service);
            await part[1].use(parts);
            expect([...services], part[0]).to.include.members([...part[1].needs]);
            for (const service of services) called[service].push(part);
          });
        }
      });

      for (const [index, name] of (Object.keys(cloudFaults) as CloudFaultName[]).entries()) {
        it(`works at the second use when ${name} at the first`, async () => {
          // No other part notices the fault. By default it strikes one, and each part meets a fault of each service that it calls.
          const parts = called[cloudFaults[name].service];
          for (const part of isThorough ? parts : [parts[index % parts.length]!]) {
            if (!isEndedByTimeout(name)) await recover(name, part, cloudTimeouts);
            // On a busy machine, so short a timeout may be over before a service has responded.
            else
              await recover(name, part, impatientTimeouts)
                .catch(() => recover(name, part, silenceTimeouts))
                .catch(() => recover(name, part, patientTimeouts));
          }
        });
      }
    });
  }

  const createParts = (backends: Backends, timeouts: Timeouts) =>
    createDependencies(
      backends,
      testConfig,
      Date.now,
      jsonLogger(() => {}),
      new Metrics(Date.now),
      timeouts,
    );
  itRecovers("each part", partUses, createParts);
  itRecovers("each check", checkUses, (...options) => createParts(...options).checks);
  itRecovers("each backend", backendUses, (backends) => backends);

  it("reads the peppers again, and refuses those that are malformed", async () => {
    const stages = { current: Buffer.alloc(32, 1), next: Buffer.alloc(32, 2), previous: undefined };
    const { backends, close } = cloud.start(Date.now, cloudTimeouts);
    try {
      const [initial] = await Promise.all([backends.refreshTokenPeppers(), backends.signingKeys()]);
      const respond = (value: string) => {
        cloud.failures.SSM = (input) => ssmResponse("staging", input, { [parameters.refreshTokenPepper]: value });
      };
      respond(
        formatPepperParameter({ current: stages.current.toString("base64"), next: stages.next.toString("base64") }),
      );
      expect(await backends.refreshTokenPeppers())
        .to.deep.equal(stages)
        .and.not.to.deep.equal(initial);
      respond("{}");
      const error = await backends.refreshTokenPeppers().catch((error) => error);
      expect(error).to.be.instanceOf(ConfigurationError);
      expect(error.message).to.contain("/ecobeat/staging/refresh-token-pepper is not");
    } finally {
      delete cloud.failures.SSM;
      await close();
    }
  });
});

describe("On a developer's machine with services", () => {
  const folder = useTemporaryFolder();
  let cloud: FakeCloud;
  let restore: () => void;
  useShortestPauses();
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
      const { times } = cloudFaults[name];
      if (Number.isFinite(times)) expect(left()).to.be.below(times);
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
