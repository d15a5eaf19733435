import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { expect } from "chai";
import { BSON } from "mongodb";
import { functionEnvironment } from "../../bench/function-environment.ts";
import { toApiGatewayEvent } from "../../scripts/aws/api-gateway-event.ts";
import { repositoryRoot } from "../../scripts/build/archive.ts";
import { bundleForLambda } from "../../scripts/build/bundle.ts";
import { type DeployedEnvironment, parameterPath, parameters, variables } from "../../service/contract.ts";
import { indexes } from "../../service/platform/indexes.ts";
import { requireAwsAuthentication } from "../support/aws-authentication.ts";
import { useServer } from "../support/listen.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";
import { WireDatabase } from "../support/wire-database.ts";
import { evaluateIn, UnzippedArchive } from "./unzipped-archive.ts";

const environmentName = "authentication-test";
const sessionToken = "a session token";

describe("The unzipped archives, on a server that requires MONGODB-AWS", () => {
  const server = new WireDatabase();
  const service = new UnzippedArchive("service");
  const backups = new UnzippedArchive("backups");
  const folder = useTemporaryFolder();

  /** As the stack `database` writes it. */
  const mongodbUri = () =>
    server.uri.replace("/?", "/ecobeat?authMechanism=MONGODB-AWS&authSource=$external&retryWrites=true&w=majority&");

  /** SSM, with the connection string only. */
  const ssm = createServer(async (request, response) => {
    const { Names } = (await json(request)) as { Names: string[] };
    const Name = parameterPath(environmentName as DeployedEnvironment, parameters.mongodbUri);
    const Value = mongodbUri();
    response.setHeader("content-type", "application/x-amz-json-1.1");
    response.end(JSON.stringify({ Parameters: Names.includes(Name) ? [{ Name, Value }] : [] }));
  });

  const ssmPort = useServer(ssm);
  before(() => server.start());
  after(() => server.stop());

  beforeEach(() => {
    server.collections.clear();
    server.put("ecobeat.users", { documents: [Buffer.from(BSON.serialize({ _id: 1, name: "Ann" }))] });
  });

  /** Calls a function of a bundle that is alone in its folder. */
  const call = async (cwd: string, expression: string) => {
    const environment = {
      ...functionEnvironment(environmentName, `http://127.0.0.1:${ssmPort()}`),
      AWS_SESSION_TOKEN: sessionToken,
      [variables.backupLocation]: join(folder(), "backups"),
      NODE_PATH: "",
    };
    return (await evaluateIn(cwd, [expression], environment))[0]!;
  };

  /** Returns the result of a function, which must authenticate with the credentials of its environment. */
  async function authenticated({ folder }: UnzippedArchive, expression: string) {
    const conversations = requireAwsAuthentication(server);
    const { result, failure } = await call(folder, expression);
    // The driver may close a later connection before it is authenticated.
    const first = conversations[0];
    expect(first, `saslStart of ${expression}: ${failure ?? JSON.stringify(result)}`).not.to.equal(undefined);
    expect(first).to.include({ mechanism: "MONGODB-AWS", sessionToken });
    expect(first!.authorization).to.match(/^AWS4-HMAC-SHA256 Credential=test\/\d{8}\/us-east-1\/sts\/aws4_request, /);
    expect(failure).to.equal(undefined);
    return result;
  }

  it("authenticate the functions of the service", async () => {
    const { body } = await authenticated(
      service,
      `index.handler(${JSON.stringify(toApiGatewayEvent({ path: "/health/ready" }))}, context)`,
    );
    expect(JSON.parse(body).dependencies.database).to.include({ status: "up" });
  });

  it("authenticate the migration", async () => {
    for (const name of Object.keys(indexes)) server.put(`ecobeat.${name}`, {});
    expect(await authenticated(service, "index.migrate()"))
      .to.have.property("created")
      .that.includes("users.email_canonical");
  });

  it("authenticate the dump and the restore test", async () => {
    expect(await authenticated(backups, "index.dump({}, context)")).to.include({ documents: 1 });
    expect(await authenticated(backups, "index.verify({}, context)")).to.include({ documents: 1 });
  });

  it("do not search for credentials: the driver names the missing option", async () => {
    const alone = join(folder(), "mongo");
    await mkdir(alone);
    const { files } = await bundleForLambda(repositoryRoot, "service/platform/mongo.ts");
    for (const [name, contents] of Object.entries(files)) await writeFile(join(alone, name), contents);
    const { failure } = await call(alone, `index.connectMongo(${JSON.stringify(mongodbUri())})`);
    expect(failure).to.contain("give the driver an AWS_CREDENTIAL_PROVIDER");
  });
});
