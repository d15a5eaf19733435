import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { DeleteParameterCommand, GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { expect } from "chai";
import { probeAccountParameter } from "../../scripts/release/pre-traffic/contract.ts";
import { parameterPath, parameters, previewEnvironment } from "../../service/contract.ts";
import { startServer, stopServer } from "../service/local/server-process.ts";
import { mongoDatabase } from "../support/databases.ts";
import { report } from "../support/lambda-report.ts";
import { useServer } from "../support/listen.ts";
import { describeWith } from "../support/real-services.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";
import { awsAt } from "../support/variables.ts";
import { expectRefusal, ops, withoutCredentials } from "./run-ops.ts";

describe("ops", () => {
  it("lists its commands", async () => {
    const { code, output } = await ops(["--help"]);
    expect(code).to.equal(0);
    expect(output).to.contain("migrate").and.contain("secrets").and.contain("cost").and.contain("restore");
  });

  it("prints titles of its help in bold for people alone", async () => {
    const bold = "\u001b[1mUsage:\u001b[22m ops";
    const help = async (variables: NodeJS.ProcessEnv) => (await ops(["--help"], { NO_COLOR: "", ...variables })).stdout;
    expect(await help({ FORCE_COLOR: "1" })).to.contain(bold);
    expect(await help({ FORCE_COLOR: undefined })).to.not.contain("\u001b");
    expect(await help({ FORCE_COLOR: undefined, CLICOLOR_FORCE: "1", NO_COLOR: "1" })).to.not.contain("\u001b");
  });

  it("shows the help of any command", async () => {
    const help = await ops(["help", "traffic", "stop"]);
    expect(help).to.deep.equal(await ops(["traffic", "stop", "--help"]));
    expect(help.stdout).to.contain("Usage: ops traffic stop");
  });

  it("is what `npm run ops` starts", async () => {
    const { stdout } = await promisify(execFile)("npm", ["run", "--silent", "ops", "--", "--help"]);
    expect(stdout).to.equal((await ops(["--help"])).stdout);
  });

  for (const [what, args, output] of [
    ["an unknown command", ["migrat"], "unknown command 'migrat'"],
    ["help of an unknown command", ["help", "traffic", "stp"], "(Did you mean stop?)"],
    [
      "an error in the beginning of a name",
      ["drill", "--scenario", "databse"],
      "(Did you mean database-lost or database-",
    ],
    ["a name in capital letters", ["status", "--environment", "STAGING"], "(Did you mean staging?)"],
    ["an unknown environment", ["secrets", "create", "--environment", "prod"], "production, staging"],
    ["a step of a key rotation without an environment", ["keys", "list"], "'--environment <name>' not specified"],
    ["a time in another form", ["restore", "--location", tmpdir(), "--before", "yesterday"], "It must be a time"],
    ["an invalid number", ["backup", "prune", "--location", tmpdir(), "--keep-days", "0"], "It must be a whole number"],
    ["a backup without a database", ["backup", "create", "--location", tmpdir()], "MONGODB_URI is not set"],
    ["an unreachable database", ["migrate"], "MONGODB_URI"],
  ] as const) {
    it(`refuses ${what}, without a stack trace`, async () => {
      const MONGODB_URI = what === "an unreachable database" ? "mongodb://127.0.0.1:9" : "";
      await expectRefusal(ops([...args], { MONGODB_URI }), output);
    });
  }
});

describe("ops right-size --from", () => {
  const folder = useTemporaryFolder();

  it("reads a log, and rejects a file that is no log", async () => {
    const log = join(folder(), "report.log");
    await writeFile(log, `${JSON.stringify(report)}\n`);
    const { code, output } = await ops(["right-size", "--from", log]);
    expect(code, output).to.equal(0);
    expect(output).to.contain("all routes").and.contain("none: requests failed at 512 MB");
    for (const file of [join(import.meta.dirname, "ops.test.ts"), join(folder(), "missing")]) {
      const output = await expectRefusal(ops(["right-size", "--from", file]), `The log ${file}`);
      expect(output).to.match(/\[log-(unreadable|without-reports)\]/);
    }
    expect((await ops(["right-size"])).output).to.contain("[invocation-source-missing]");
  });
});

describe("ops migrate", () => {
  const folder = useTemporaryFolder();

  it("creates the indexes of the embedded database, and does nothing the second time", async () => {
    const variables = { MONGODB_URI: "", ECOBEAT_DATA_DIR: folder() };
    const planned = await ops(["migrate", "--dry-run"], variables);
    expect(planned.code, planned.output).to.equal(0);
    expect(planned.output).to.contain("would create users.email_canonical");
    const { output } = await ops(["migrate"], variables);
    expect(output).to.contain("created users.email_canonical");
    // All that was planned was still missing, and nothing else.
    expect(output.match(/created (.*)/)![1]).to.equal(planned.output.match(/would create (.*)/)![1]);
    const done = await ops(["migrate", "--dry-run"], variables);
    expect([done.code, done.output.includes("all indexes exist")]).to.deep.equal([0, true]);
    expect((await ops(["migrate"], variables)).output).to.contain("all indexes exist");
  });

  it("is refused next to a server on the embedded database: both would write the same files", async () => {
    const server = await startServer(folder());
    await server.banner;
    const migration = ops(["migrate"], { MONGODB_URI: "", ECOBEAT_DATA_DIR: folder() });
    await expectRefusal(migration, `in use by process ${server.process.pid}`, "ECOBEAT_DATA_DIR");
    await stopServer(server);
  });
});

describe("ops secrets create, refused", () => {
  /** An AWS that answers every call with one error. */
  let code = "";
  const aws = createServer((_request, response) => {
    response.writeHead(400, { "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": code });
    response.end(JSON.stringify({ __type: code, message: "said AWS" }));
  });
  const port = useServer(aws);

  const configured = () => ({ ...awsAt(`http://127.0.0.1:${port()}`), AWS_REGION: "" });
  for (const [what, error, variables, action] of [
    ["without credentials", "", { ...withoutCredentials, AWS_ENDPOINT_URL: "http://aws.invalid" }, "Set AWS_PROFILE"],
    ["without permission", "AccessDeniedException", {}, "credentials that have this permission"],
    ["with expired credentials", "ExpiredTokenException", {}, "renew them"],
    ["before the first deployment", "InvalidKeyId", {}, "Deploy ecobeat-staging-foundation first"],
    ["without a response", "", { AWS_ENDPOINT_URL: "http://127.0.0.1:9" }, "Correct AWS_ENDPOINT_URL"],
    ["with an invalid address", "", { AWS_ENDPOINT_URL: "junk" }, "Correct AWS_ENDPOINT_URL"],
  ] as const) {
    it(`explains ${what} what to do`, async () => {
      code = error;
      const args = ["secrets", "create", "--environment", "staging"];
      await expectRefusal(ops(args, { ...configured(), ...variables }), action, "[secret-not-created]");
    });
  }
});

describeWith("MONGODB_URI", "ops migrate, on MongoDB", () => {
  it("creates the indexes, and does nothing the second time", async () => {
    await using mongo = await mongoDatabase();
    const migrate = async () => (await ops(["migrate"], { MONGODB_URI: mongo.uri })).output;
    expect(await migrate()).to.contain("created users.email_canonical");
    expect(await migrate()).to.contain("all indexes exist");
  });
});

describeWith("AWS_ENDPOINT_URL", "ops secrets create", () => {
  const ssm = new SSMClient({});
  const names = [
    parameterPath("staging", parameters.refreshTokenPepper),
    parameterPath("staging", probeAccountParameter),
    parameterPath(previewEnvironment, parameters.refreshTokenPepper),
  ];
  const clean = async () => {
    for (const Name of names) await ssm.send(new DeleteParameterCommand({ Name })).catch(() => {});
  };
  before(clean);
  after(clean);

  it("creates the pepper, that of previews and the probe account once, never changes them and never shows them", async () => {
    const values = () =>
      Promise.all(
        names.map(async (Name) => {
          const { Parameter } = await ssm.send(new GetParameterCommand({ Name, WithDecryption: true }));
          expect(Parameter!.Type).to.equal("SecureString");
          return Parameter!.Value!;
        }),
      );
    const planned = await ops(["secrets", "create", "--environment", "staging", "--dry-run"]);
    for (const name of names) {
      expect(planned.stdout).to.contain(`would create ${name} in eu-west-1\n`);
      await ssm.send(new GetParameterCommand({ Name: name })).then(
        () => expect.fail(`${name} exists`),
        (error: Error) => expect(error.name).to.equal("ParameterNotFound"),
      );
    }
    const first = await ops(["secrets", "create", "--environment", "staging"]);
    for (const name of names) expect(first.output).to.contain(`created ${name}`);
    const [pepper, account, ofPreviews] = await values();
    for (const each of [pepper, ofPreviews]) expect(Buffer.from(each!, "base64")).to.have.length(32);
    expect(ofPreviews).not.to.equal(pepper);
    const { email, password } = JSON.parse(account!);
    expect(email).to.match(/^success\+[0-9a-f]{16}@simulator\.amazonses\.com$/);
    expect(Buffer.from(password, "base64url")).to.have.length(24);

    const second = await ops(["secrets", "create", "--environment", "staging"]);
    expect(second).to.deep.include({ code: 0 });
    expect(second.output.match(/was not changed/g)).to.have.length(3);
    const { stdout } = await ops(["secrets", "create", "--environment", "staging", "--dry-run", "--json"]);
    expect(JSON.parse(stdout).secrets.map(({ outcome }: { outcome: string }) => outcome)).to.deep.equal([
      "exists",
      "exists",
      "exists",
    ]);
    expect(await values()).to.deep.equal([pepper, account, ofPreviews]);
    for (const secret of [pepper, ofPreviews, password]) {
      expect(first.output + second.output).not.to.contain(secret);
    }
  });
});
