import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { CreateBucketCommand, DeleteBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { expect } from "chai";
import { functionEnvironment } from "../../bench/function-environment.ts";
import { openLocation } from "../../scripts/backup/open-location.ts";
import { buildBackupArchive } from "../../scripts/build/archive.ts";
import { type DeployedEnvironment, parameterPath, parameters, variables } from "../../service/contract.ts";
import { mongoDatabase, type TestDatabase } from "../support/databases.ts";
import { majorVersions, nodeBinary, requestedVersions } from "./node-binaries.ts";
import { type UnzippedArchive, unzipAlone } from "./unzipped-archive.ts";

/** Calls an export of the archive with a minute left, and prints whether it failed and what it gave. */
const script = `
const call = require("./index.js")[process.argv[1]];
call({}, { getRemainingTimeInMillis: () => 60_000 }).then(
  (result) => console.log(JSON.stringify({ result })),
  (error) => console.log(JSON.stringify({ failure: error.message })),
);`;

type Call = (
  name: "dump" | "verify",
  environment: Record<string, string>,
) => Promise<Record<string, unknown>>;

describe("the archive of backups, unzipped", () => {
  let archive: UnzippedArchive;
  before(async () => {
    archive = await unzipAlone((await buildBackupArchive()).path);
  });
  after(() => archive.remove());

  suite(`on Node ${process.version}`, async () => process.execPath);
  for (const major of new Set([...majorVersions, ...requestedVersions])) {
    if (requestedVersions.has(major)) suite(`on Node ${major}`, () => nodeBinary(major));
    else describe.skip(`on Node ${major} (skipped: ECOBEAT_NODE_VERSIONS does not name it)`, () => tests());
  }

  function suite(title: string, binary: () => Promise<string>): void {
    describe(title, () =>
      tests(async (name, environment) => {
        const { stdout } = await promisify(execFile)(await binary(), ["-e", script, name], {
          cwd: archive.folder,
          env: environment,
        });
        return JSON.parse(stdout.trim().split("\n").at(-1)!);
      }),
    );
  }
});

function tests(call: Call = () => expect.fail("A skipped test ran.")): void {
  it("has a function that dumps and one that verifies, which say what is out of reach", async () => {
    const environment = {
      ...functionEnvironment("nowhere", "http://127.0.0.1:9"),
      [variables.backupLocation]: "s3://backups/dumps/",
    };
    for (const name of ["dump", "verify"] as const) {
      expect((await call(name, environment)).failure).to.contain("127.0.0.1:9");
    }
  });

  const missing = ["MONGODB_URI", "AWS_ENDPOINT_URL"].filter((variable) => !process.env[variable]);
  if (missing.length === 0) describe("on real services", () => onRealServices(call));
  else describe.skip(`on real services (skipped: ${missing} not set)`, () => onRealServices(call));
}

function onRealServices(call: Call): void {
  const name = `dump-test-${randomUUID().slice(0, 8)}`;
  const parameter = parameterPath(name as DeployedEnvironment, parameters.mongodbUri);
  const place = `s3://${name}/dumps/`;
  const ssm = new SSMClient();
  const s3 = new S3Client({ forcePathStyle: true });
  let source: TestDatabase;

  before(async () => {
    source = await mongoDatabase();
    await source.database.collection("users").insertMany([{ name: "Ann" }, { name: "Bo" }]);
    const uri = new URL(process.env.MONGODB_URI!);
    uri.pathname = `/${source.database.databaseName}`;
    await ssm.send(new PutParameterCommand({ Name: parameter, Value: uri.href, Type: "String" }));
    await s3.send(new CreateBucketCommand({ Bucket: name }));
  });
  after(async () => {
    const location = await openLocation(place, process.env);
    for (const { path } of await location.list()) await location.remove(path);
    await s3.send(new DeleteBucketCommand({ Bucket: name }));
    await ssm.send(new DeleteParameterCommand({ Name: parameter }));
    await source.remove();
  });

  it("finds the database and the bucket by what it is told, and dumps", async () => {
    const environment = {
      ...functionEnvironment(name, process.env.AWS_ENDPOINT_URL!),
      [variables.backupLocation]: place,
    };
    const { result, failure } = await call("dump", environment);
    expect(failure).to.equal(undefined);
    expect(result).to.include({ documents: 2 });
  });
}
