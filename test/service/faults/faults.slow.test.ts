import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { MongoClient } from "mongodb";
import { acquireRedisDatabase, type RedisDatabase } from "../../../scripts/drill/local-services.ts";
import { createIndexes } from "../../../service/platform/indexes.ts";
import { describeWith } from "../../support/real-services.ts";
import { isThorough } from "../../support/thorough.ts";
import type { Outcome } from "./cell.ts";
import { type ExpectedCell, pickOneOfEachFault, readMatrix } from "./matrix.ts";
import { dependencies, faults, operations, phases } from "./names.ts";
import { CellPool } from "./pool.ts";

const { MONGODB_URI, REDIS_URL } = process.env;

const matrix = readMatrix();
const possible = matrix.filter(({ statuses }) => statuses.length > 0);
const chosen = isThorough ? possible : pickOneOfEachFault(possible);
const tested = chosen.filter(({ dependency }) => dependency !== "Redis" || REDIS_URL);

describe("The table of faults", () => {
  it("has each fault of each dependency, for each request, in a cold and in a warm process, once", () => {
    const toName = ({ dependency, fault, operation, phase }: Omit<ExpectedCell, "statuses" | "why">) =>
      `${dependency}, ${fault}, ${operation}, ${phase}`;
    const all = dependencies.flatMap((dependency) =>
      faults.flatMap((fault) =>
        operations.flatMap((operation) => phases.map((phase) => toName({ dependency, fault, operation, phase }))),
      ),
    );
    expect(matrix.map(toName).sort()).to.deep.equal(all.sort());
  });

  it("gives a reason for each fault that a dependency cannot have", () => {
    const impossible = matrix.filter(({ statuses }) => statuses.length === 0);
    expect(impossible).not.to.deep.equal([]);
    expect(impossible.filter(({ why }) => why === "")).to.deep.equal([]);
  });
});

describe("While a dependency fails", () => {
  let pool: CellPool;
  let database: MongoClient | undefined;
  let redis: RedisDatabase | undefined;
  const outcomes = new Map<ExpectedCell, Promise<Outcome>>();

  before(async () => {
    let databaseUri: string | undefined;
    if (MONGODB_URI) {
      const uri = new URL(MONGODB_URI);
      uri.pathname = `/ecobeat_test_${randomUUID().slice(0, 8)}`;
      databaseUri = uri.href;
      database = await new MongoClient(databaseUri).connect();
      await createIndexes(database.db());
    }
    redis = REDIS_URL ? await acquireRedisDatabase(REDIS_URL) : undefined;
    pool = new CellPool(isThorough ? 5 : 2, { databaseUri, redisUrl: redis?.url });
    for (const [index, outcome] of pool.run(tested).entries()) {
      outcomes.set(tested[index]!, outcome);
      // Its test reports it.
      outcome.catch(() => {});
    }
  });
  after(async () => {
    await pool.stop();
    await database?.db().dropDatabase();
    await database?.close();
    await redis?.release();
  });

  for (const dependency of dependencies) {
    const suite = () => {
      for (const cell of chosen.filter((each) => each.dependency === dependency)) {
        const { fault, operation, phase, statuses } = cell;
        it(`${fault}, a ${phase} process responds to ${operation} with ${statuses.join(" or ")}`, async () => {
          const outcome = await outcomes.get(cell)!;
          expect(outcome.violations).to.deep.equal([]);
          expect(outcome.statuses).not.to.deep.equal([]);
        });
      }
    };
    if (dependency === "Redis") describeWith("REDIS_URL", dependency, suite);
    else describe(dependency, suite);
  }
});
