import { expect } from "chai";
import { functionEnvironment } from "../../bench/function-environment.ts";
import { buildLambdaArchive } from "../../scripts/build/archive.ts";
import type { Architecture } from "../../scripts/build/native-binary.ts";
import { indexes } from "../../service/platform/indexes.ts";
import { deployDatabase, describeDeployed } from "./deployment.ts";
import { UnzippedArchive } from "./unzipped-archive.ts";

describe("the migration in the archive", () => {
  const archive = new UnzippedArchive(() => buildLambdaArchive(process.arch as Architecture));

  it("has its own handler, and loads the driver only when it is called", async () => {
    const environment = functionEnvironment("nowhere", "http://127.0.0.1:9");
    const loaded =
      "Object.keys(require.cache).filter((file) => require('fs').readFileSync(file).includes('MongoClient'))";
    const expression = `({ types: [typeof index.handler, typeof index.migrate], drivers: ${loaded} })`;
    expect((await archive.evaluate(expression, environment)).result).to.deep.equal({
      types: ["function", "function"],
      drivers: [],
    });
  });

  describeDeployed(["MONGODB_URI", "AWS_ENDPOINT_URL"], deployDatabase, (getDeployment) => {
    it("finds the database by its parameter, creates the indexes once, and returns their names", async () => {
      const call = async (expression: string) =>
        (await archive.evaluate(expression, getDeployment().environment)).result;
      const created = Object.entries(indexes).flatMap(([collection, declared]) =>
        declared.map((index) => `${collection}.${index.name}`),
      );
      expect(await call("index.migrate({ dryRun: true })")).to.deep.equal({ missing: created });
      expect(await call("index.migrate()")).to.deep.equal({ created });
      expect(await call("index.migrate({ dryRun: true })")).to.deep.equal({ missing: [] });
      expect(await call("index.migrate()")).to.deep.equal({ created: [] });
    });
  });
});
