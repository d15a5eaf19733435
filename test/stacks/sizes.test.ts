import { expect } from "chai";
import { parameterReadsPerSecond } from "../../scripts/capacity/contract.ts";
import { findBrokenLimits, limits } from "../../scripts/capacity/limits.ts";
import { checkEnvironment } from "../../stacks/environment-checks.ts";
import { environmentSizes, type SizePromise, sizePromises } from "../../stacks/environment-sizes.ts";
import { production } from "../../stacks/environments/production.ts";
import { staging } from "../../stacks/environments/staging.ts";
import type { Environment } from "../../stacks/environments.ts";
import { defaultConcurrencyQuota } from "../../stacks/service-values.ts";
import { type SizeValues, sizes } from "../../stacks/sizes.ts";
import { expectCode } from "../support/errors.ts";
import { readSizeTable, toCells } from "../support/size-table.ts";
import { createSized } from "../support/sized-environment.ts";

const getBroken = (...[environment, scenario, effect]: Parameters<typeof findBrokenLimits>): string[] =>
  findBrokenLimits(environment, scenario, effect).map(({ limit }) => limit.id);

describe("sizes of environments", () => {
  for (const size of environmentSizes) {
    const { users, push } = sizePromises[size];

    it(`completes an environment of size ${size}, which the check accepts`, () => {
      const environment = createSized(size);
      checkEnvironment(environment);
      expect(environment).to.deep.include({
        size,
        cache: sizes[size].cache,
        monthlyBudgetUsd: sizes[size].monthlyBudgetUsd,
      });
      expect(environment.database).to.include(sizes[size].database);
    });

    it(`serves ${users} users with size ${size}, also in the peak hour after its push message`, () => {
      expect(getBroken(createSized(size), { users })).to.deep.equal([]);
      expect(getBroken(createSized(size), { users, push })).to.deep.equal([]);
    });

    it(`leaves a third of the rates of size ${size} at its push message, so that no alarm on them fires`, () => {
      const { requestsPerSecond, auth, ...api } = sizes[size].api;
      const most = {
        requestsPerSecond: requestsPerSecond * 0.7,
        auth: { requestsPerSecond: auth.requestsPerSecond * 0.7 },
      };
      expect(
        getBroken(createSized(size, { api: { docsPage: false, ...api, ...most } }), { users, push }),
      ).to.deep.equal([]);
    });
  }

  it("serves 30,000 users with size S: reads are slower, and nothing fails", () => {
    const { stretchedUsers, push } = sizePromises.S;
    expect(stretchedUsers).to.equal(30_000);
    const scenario = { users: stretchedUsers!, push };
    expect(getBroken(createSized("S"), scenario, "fails")).to.deep.equal([]);
    expect(getBroken(createSized("S"), scenario)).to.deep.equal(["database-cache"]);
  });

  it("needs size M for its users: requests fail in size S", () => {
    expect(getBroken(createSized("S"), sizePromises.M, "fails")).to.include.members(["gateway-all", "gateway-auth"]);
  });

  it("needs size L for its users: in size M, the database's cache is too small by far", () => {
    const { users } = sizePromises.L;
    const [cache] = findBrokenLimits(createSized("M"), { users });
    expect(cache!.limit.id).to.equal("database-cache");
    expect(cache!.share).to.be.greaterThan(4);
  });

  it("has the higher throughput of Parameter Store where the doctor or the push message needs it", () => {
    const { needed, load } = limits.find(({ id }) => id === "parameter-reads")!;
    for (const size of environmentSizes) {
      const environment = createSized(size);
      const { users, push } = sizePromises[size];
      const most = Math.max(needed!(environment), load!({ users, push }, environment));
      const isNeeded = most > parameterReadsPerSecond.standard;
      expect(environment.functions.parameterThroughput, size).to.equal(isNeeded ? "higher" : undefined);
      expect(most, size).to.be.below(parameterReadsPerSecond.higher);
    }
  });

  it("withstands a push message of a minute with L only beyond the defaults of API Gateway and KMS", () => {
    const { api, ...others } = createSized("L");
    const unlimited = { ...api, requestsPerSecond: 1e6, auth: { ...api.auth, requestsPerSecond: 1e5 } };
    const scenario = { users: sizePromises.L.users, push: { share: 0.15, seconds: 60 } };
    expect(getBroken({ ...others, api: unlimited }, scenario, "fails")).to.include.members([
      "gateway-account",
      "kms-signatures",
    ]);
  });

  it("keeps its own dump within its limits with size S alone", () => {
    for (const size of environmentSizes) {
      const { users } = sizePromises[size];
      const broken = findBrokenLimits(createSized(size), { users }, "backups").map(({ limit }) => limit.id);
      expect(broken, size).to.have.members(size === "S" ? [] : ["dump-size", "recovery-time"]);
    }
  });

  it("gives way to the environment's own values, of which `undefined` means none", () => {
    const { functions, api, database } = createSized("M", {
      functions: {
        ...production.functions,
        memoryMb: 1_769,
        reservedConcurrency: { auth: 100, api: 300 },
        provisionedConcurrency: undefined,
      },
      api: { docsPage: true, auth: { burst: 900 } },
      database: { ...production.database, instanceSize: "R50" } as never,
    });
    expect(functions).to.not.have.property("provisionedConcurrency");
    expect(functions).to.deep.include({ memoryMb: 1_769, reservedConcurrency: { auth: 100, api: 300 } });
    expect(api).to.deep.equal({ ...sizes.M.api, docsPage: true, auth: { ...sizes.M.api.auth, burst: 900 } });
    expect(database).to.include({ instanceSize: "R50", nodes: 3 });
  });

  it("leaves a Flex cluster as it is", () => {
    const { network, database } = staging;
    const environment = createSized("S", { network, database: database as never, functions: staging.functions });
    expect(environment.database).to.deep.equal(staging.database);
    checkEnvironment(environment);
  });

  it("does not change production, which sets all of its values", () => {
    const {
      concurrencyQuota: _,
      parameterThroughput: __,
      ...functions
    } = createSized("L", { ...production, size: "L" } as never).functions;
    expect(functions).to.deep.equal(production.functions);
    for (const member of ["cache", "database", "api", "monthlyBudgetUsd"] as const) {
      expect(createSized("L", { ...production, size: "L" } as never)[member]).to.deep.equal(production[member]);
    }
  });

  it("is described by docs/sizes.md", () => {
    const print = (...numbers: number[]) => numbers.map((number) => number.toLocaleString("en")).join(", ");
    const row = (toCell: (values: SizeValues, promise: SizePromise) => string) =>
      toCells((size) => toCell(sizes[size], sizePromises[size]));
    expect(readSizeTable()).to.deep.include({
      "monthly users": row((_, { users }) => print(users)),
      "push message: 15 % open the app within": row((_, { push }) => `${push.seconds / 60} min`),
      "throughput of Parameter Store": row(
        ({ functions: { parameterThroughput = "standard" } }) => parameterThroughput,
      ),
      "`database.instanceSize`": row(({ database }) => database.instanceSize),
      "`cache.nodeType`": row(({ cache }) => cache.nodeType),
      "API, requests per second and burst": row(({ api }) => print(api.requestsPerSecond, api.burst)),
      "routes of auth, requests per second and burst": row(({ api: { auth } }) =>
        print(auth.requestsPerSecond, auth.burst),
      ),
      "reserved concurrency of `auth`, `api`": row(
        ({
          functions: {
            reservedConcurrency: { auth, api },
          },
        }) => print(auth, api),
      ),
      "provisioned concurrency of `auth`": row(
        ({ functions: { provisionedConcurrency: range } }) => `${range?.minimum} to ${range?.maximum}`,
      ),
      "quota of concurrent executions": row(({ functions: { concurrencyQuota = defaultConcurrencyQuota } }) =>
        print(concurrencyQuota),
      ),
    });
    for (const { push } of Object.values(sizePromises)) expect(push.share).to.equal(0.15);
  });

  describe("in errors of the check", () => {
    it("is named next to its value, and not next to the environment's own", async () => {
      const own = createSized("M", {
        functions: { ...production.functions, reservedConcurrency: { auth: 50 } as never },
      });
      const conflict = {
        ...own,
        functions: { ...own.functions, provisionedConcurrency: sizes.M.functions.provisionedConcurrency! },
      };
      const { message } = await expectCode("environment-invalid", () => checkEnvironment(conflict));
      expect(message).to.contain("functions.provisionedConcurrency.maximum is 100 (from its size) and must be at most");
      const wrong = createSized("M", { monthlyBudgetUsd: -1 });
      const { message: second } = await expectCode("environment-invalid", () => checkEnvironment(wrong));
      expect(second).to.contain("monthlyBudgetUsd is -1 and must be above 0");
    });

    it("is the only member that they name if there is no such size", async () => {
      const unknown = createSized("XL" as never);
      const { message } = await expectCode("environment-invalid", () => checkEnvironment(unknown));
      expect(message).to.contain('size is "XL" and must be one of S, M, L.').and.not.contain("missing");
    });

    it("is the source of values that do not fit the database or the quota", async () => {
      const database = { ...(production.database as object), instanceSize: "M10" } as Environment["database"];
      for (const [code, environment] of [
        ["reserved-concurrency-above-connections", { ...createSized("M"), database }],
        [
          "reserved-concurrency-above-quota",
          createSized("L", { functions: { ...production.functions, ...sizes.L.functions, concurrencyQuota: 1_000 } }),
        ],
      ] as const) {
        const { message } = await expectCode(code, () => checkEnvironment(environment));
        expect(message).to.match(/Values that its file does not set are those of size [ML], in stacks\/sizes\.ts\./);
      }
    });
  });
});
