import { execFile } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { EmulatorAccount } from "../../../../scripts/ops/drill/emulator-account.ts";
import { DrillFunctions } from "../../../../scripts/ops/drill/functions.ts";
import { describeWith } from "../../../support/real-parts.ts";

const program = join(import.meta.dirname, "..", "..", "..", "..", "scripts", "ops.ts");

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function rollback(variables: object, ...options: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["--import", "tsx", program, "rollback", "--environment", "staging", ...options],
      { env: { PATH: process.env.PATH, ...variables } },
      (_, stdout, stderr) => resolve({ status: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

describeWith("AWS_ENDPOINT_URL", "ops rollback", () => {
  let account: EmulatorAccount;
  let functions: DrillFunctions;
  const live = async () =>
    [await functions.routing("api"), await functions.routing("auth")].map(({ version }) => version);

  beforeEach(async () => {
    account = await EmulatorAccount.open(process.env.AWS_ENDPOINT_URL!, "eu-west-1");
    functions = new DrillFunctions("staging", account);
    await functions.create();
  });

  it("moves both functions to the version before, and run again does nothing", async () => {
    await functions.release("worse");
    const first = await rollback(account.variables, "--yes", "--json");
    expect(first.status, first.stderr).to.equal(0);
    expect(JSON.parse(first.stdout)).to.include({ environment: "staging", changed: true });
    expect(await live()).to.deep.equal(["1", "1"]);
    const again = await rollback(account.variables, "--yes", "--to", "1");
    expect(again.stdout).to.include("staging runs that archive already: nothing was changed.");
    expect(again.status).to.equal(0);
  });

  it("moves nothing in a dry run, nor when nobody has confirmed", async () => {
    await functions.release("worse");
    const dry = await rollback(account.variables, "--dry-run");
    expect(dry.stdout).to.match(/ecobeat-staging-api: version 2 to 1, of .*\n.*Nothing was changed\.\n$/s);
    const unconfirmed = await rollback(account.variables);
    expect(unconfirmed.stderr).to.include("it was not confirmed");
    expect(unconfirmed.status).to.equal(1);
    expect(await live()).to.deep.equal(["2", "2"]);
  });

  it("says that there is nothing to go back to", async () => {
    const { status, stderr } = await rollback(account.variables, "--yes");
    expect(stderr).to.include("There is nothing to roll back to");
    expect(status).to.equal(1);
  });

  it("says that there is no such function in this account", async () => {
    const empty = await EmulatorAccount.open(process.env.AWS_ENDPOINT_URL!, "eu-west-1");
    const { status, stderr } = await rollback(empty.variables, "--yes");
    expect(stderr).to.include("AWS Lambda knows no such function or alias");
    expect(status).to.equal(1);
  });
});

describe("ops rollback, beside somebody else", () => {
  let server: Server;
  const asked: { method: string; path: string; body: string }[] = [];
  before((done) => {
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += chunk));
      request.on("end", () => {
        const path = request.url!;
        asked.push({ method: request.method!, path, body });
        if (request.method === "PUT") {
          // What Lambda answers to a revision that is no longer that of the alias.
          response.writeHead(412, { "x-amzn-errortype": "PreconditionFailedException" });
          response.end(
            JSON.stringify({ message: "The RevisionId provided does not match the latest RevisionId" }),
          );
        } else if (path.includes("/aliases/")) {
          response.end(JSON.stringify({ Name: "live", FunctionVersion: "2", RevisionId: "seen" }));
        } else {
          const version = (Version: string, CodeSha256: string) => ({
            Version,
            CodeSha256,
            LastModified: "2026-11-01",
          });
          response.end(
            JSON.stringify({ Versions: [version("$LATEST", "b"), version("1", "a"), version("2", "b")] }),
          );
        }
      });
    }).listen(0, "127.0.0.1", done);
  });
  after(() => server.close());

  it("moves an alias only as it was read, and tells who comes second", async () => {
    const { status, stderr } = await rollback(
      {
        AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
      },
      "--yes",
    );
    expect(stderr).to.include("was moved by somebody else in this moment");
    expect(status).to.equal(1);
    const moves = asked.filter(({ method }) => method === "PUT").map(({ body }) => JSON.parse(body));
    expect(moves).to.not.be.empty;
    for (const move of moves) expect(move).to.include({ FunctionVersion: "1", RevisionId: "seen" });
  });
});
