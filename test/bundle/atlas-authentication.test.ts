import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { promisify } from "node:util";
import { expect } from "chai";
import { BSON } from "mongodb";
import { functionEnvironment } from "../../bench/function-environment.ts";
import { toApiGatewayEvent } from "../../scripts/aws/api-gateway-event.ts";
import { buildBackupArchive, buildLambdaArchive, repositoryRoot } from "../../scripts/build/archive.ts";
import { bundleForLambda } from "../../scripts/build/bundle.ts";
import type { Architecture } from "../../scripts/build/native-binary.ts";
import { type DeployedEnvironment, parameterPath, parameters, variables } from "../../service/contract.ts";
import { indexes } from "../../service/platform/indexes.ts";
import { requireAwsAuthentication } from "../support/aws-authentication.ts";
import { WireDatabase } from "../support/wire-database.ts";
import { type UnzippedArchive, unzipAlone } from "./unzipped-archive.ts";

const environmentName = "authentication-test";
const sessionToken = "a session token";

/** Calls an export of the archive with a minute left, and prints what it gave, or why it failed. */
const script = `
const [name, event] = process.argv.slice(1);
const context = { awsRequestId: "id", getRemainingTimeInMillis: () => 60_000 };
require("./index.js")[name](JSON.parse(event), context)
  .then((result) => ({ result }), (error) => ({ failure: error.message }))
  .then((outcome) => {
    console.log(JSON.stringify(outcome));
    process.exit();
  });`;

interface Outcome {
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the function has given
  result?: any;
  failure?: string;
}

describe("The unzipped archives, on a server that wants MONGODB-AWS", () => {
  const server = new WireDatabase();
  let service: UnzippedArchive;
  let backups: UnzippedArchive;
  let folder: string;

  /** In the form in which the stack `database` writes it. */
  const mongodbUri = () =>
    server.uri.replace(
      "/?",
      "/ecobeat?authMechanism=MONGODB-AWS&authSource=$external&retryWrites=true&w=majority&",
    );

  /** SSM, as far as it gives the connection string. */
  const ssm = createServer(async (request, response) => {
    const { Names } = (await json(request)) as { Names: string[] };
    const Name = parameterPath(environmentName as DeployedEnvironment, parameters.mongodbUri);
    const Value = mongodbUri();
    response.setHeader("content-type", "application/x-amz-json-1.1");
    response.end(JSON.stringify({ Parameters: Names.includes(Name) ? [{ Name, Value }] : [] }));
  });

  before(async () => {
    await server.start();
    await new Promise<void>((resolve) => ssm.listen(0, "127.0.0.1", resolve));
    service = await unzipAlone((await buildLambdaArchive(process.arch as Architecture)).path);
    backups = await unzipAlone((await buildBackupArchive()).path);
    folder = await mkdtemp(join(tmpdir(), "ecobeat-authentication-"));
  });
  after(async () => {
    await server.stop();
    ssm.close();
    await Promise.all([service?.remove(), backups?.remove()]);
    if (folder) await rm(folder, { recursive: true });
  });

  beforeEach(() => {
    server.collections.clear();
    server.put("ecobeat.users", { documents: [Buffer.from(BSON.serialize({ _id: 1, name: "Ann" }))] });
  });

  /** Calls an export of a bundle that is alone in its folder. */
  async function call(cwd: string, name: string, event: unknown): Promise<Outcome> {
    const endpoint = `http://127.0.0.1:${(ssm.address() as AddressInfo).port}`;
    const env = {
      ...functionEnvironment(environmentName, endpoint),
      AWS_SESSION_TOKEN: sessionToken,
      [variables.backupLocation]: join(folder, "backups"),
      NODE_PATH: "",
    };
    const args = ["-e", script, name, JSON.stringify(event)];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, env });
    return JSON.parse(stdout.trim().split("\n").at(-1)!);
  }

  /** What a function gives, once it has authenticated itself by the credentials of its environment. */
  async function authenticated({ folder }: UnzippedArchive, name: string, event: unknown = {}) {
    const conversations = requireAwsAuthentication(server);
    const { result, failure } = await call(folder, name, event);
    // The driver may close a later connection before it is authenticated.
    const first = conversations[0];
    expect(first, `saslStart of ${name}: ${failure ?? JSON.stringify(result)}`).not.to.equal(undefined);
    expect(first).to.include({ mechanism: "MONGODB-AWS", sessionToken });
    expect(first!.authorization).to.match(
      /^AWS4-HMAC-SHA256 Credential=test\/\d{8}\/us-east-1\/sts\/aws4_request, /,
    );
    expect(failure).to.equal(undefined);
    return result;
  }

  it("let the service's functions log in", async () => {
    const { body } = await authenticated(service, "handler", toApiGatewayEvent({ path: "/health/ready" }));
    expect(JSON.parse(body).dependencies.database).to.include({ status: "up" });
  });

  it("let the migration log in", async () => {
    for (const name of Object.keys(indexes)) server.put(`ecobeat.${name}`, {});
    expect(await authenticated(service, "migrate"))
      .to.have.property("created")
      .that.includes("users.email_canonical");
  });

  it("let the dump log in, and the restore test", async () => {
    expect(await authenticated(backups, "dump")).to.include({ documents: 1 });
    expect(await authenticated(backups, "verify")).to.include({ documents: 1 });
  });

  it("do not search for credentials: the driver says which option it lacks", async () => {
    const alone = join(folder, "mongo");
    await mkdir(alone);
    const { files } = await bundleForLambda(repositoryRoot, "service/platform/mongo.ts");
    for (const [name, contents] of Object.entries(files)) await writeFile(join(alone, name), contents);
    const { failure } = await call(alone, "connectMongo", mongodbUri());
    expect(failure).to.contain("give the driver an AWS_CREDENTIAL_PROVIDER");
  });
});
