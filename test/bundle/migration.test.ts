import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { expect } from "chai";
import { functionEnvironment } from "../../bench/function-environment.ts";
import { buildLambdaArchive } from "../../scripts/build/archive.ts";
import type { Architecture } from "../../scripts/build/native-binary.ts";
import { type DeployedEnvironment, parameterPath, parameters } from "../../service/contract.ts";
import { indexes } from "../../service/platform/indexes.ts";
import { mongoDatabase, type TestDatabase } from "../support/databases.ts";
import { type UnzippedArchive, unzipAlone } from "./unzipped-archive.ts";

describe("the migration in the archive", () => {
  let archive: UnzippedArchive;
  before(async () => {
    archive = await unzipAlone((await buildLambdaArchive(process.arch as Architecture)).path);
  });
  after(() => archive.remove());

  /** What an expression gives in a process that has loaded the archive as `index`. */
  async function evaluate(expression: string, environment: Record<string, string>): Promise<unknown> {
    const script = `const index = require("./index.js"); (async () => console.log(JSON.stringify(${expression})))()`;
    const { stdout } = await promisify(execFile)(process.execPath, ["-e", script], {
      cwd: archive.folder,
      env: environment,
    });
    return JSON.parse(stdout);
  }

  it("has a handler of its own, and its driver is loaded only when it is called", async () => {
    const environment = functionEnvironment("nowhere", "http://127.0.0.1:9");
    expect(await evaluate("[typeof index.handler, typeof index.migrate]", environment)).to.deep.equal([
      "function",
      "function",
    ]);
    const loaded =
      "Object.keys(require.cache).filter((file) => require('fs').readFileSync(file).includes('MongoClient'))";
    expect(await evaluate(loaded, environment)).to.deep.equal([]);
  });

  const missing = ["MONGODB_URI", "AWS_ENDPOINT_URL"].filter((variable) => !process.env[variable]);
  if (missing.length === 0) describe("on a real database", () => onRealDatabase(evaluate));
  else describe.skip(`on a real database (skipped: ${missing} not set)`, () => onRealDatabase(evaluate));
});

function onRealDatabase(
  evaluate: (expression: string, environment: Record<string, string>) => Promise<unknown>,
) {
  const name = `migration-test-${randomUUID().slice(0, 8)}`;
  const parameter = parameterPath(name as DeployedEnvironment, parameters.mongodbUri);
  const ssm = new SSMClient();
  let scratch: TestDatabase;

  before(async () => {
    scratch = await mongoDatabase();
    const uri = new URL(process.env.MONGODB_URI!);
    uri.pathname = `/${scratch.database.databaseName}`;
    await ssm.send(new PutParameterCommand({ Name: parameter, Value: uri.href, Type: "String" }));
  });
  after(async () => {
    await scratch.remove();
    await ssm.send(new DeleteParameterCommand({ Name: parameter }));
  });

  it("finds the database by its parameter alone, creates the indexes once, and tells which", async () => {
    const environment = functionEnvironment(name, process.env.AWS_ENDPOINT_URL!);
    const created = Object.entries(indexes).flatMap(([collection, declared]) =>
      declared.map((index) => `${collection}.${index.name}`),
    );
    const dryRun = () => evaluate("await index.migrate({ dryRun: true })", environment);
    expect(await dryRun()).to.deep.equal({ missing: created });
    expect(await evaluate("await index.migrate()", environment)).to.deep.equal({ created });
    expect(await dryRun()).to.deep.equal({ missing: [] });
    expect(await evaluate("await index.migrate()", environment)).to.deep.equal({ created: [] });
  });
}
