import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { expect } from "chai";
import { formatExports, getShellVariables } from "../../../scripts/shell-variables/shell-variables.ts";
import { environmentNames } from "../../../stacks/environment-files.ts";
import { getEnvironment } from "../../../stacks/environments/index.ts";
import { production } from "../../../stacks/environments/production.ts";
import { staging } from "../../../stacks/environments/staging.ts";
import { run } from "../../support/commands/run.ts";
import { compileOps } from "../../support/compiled-program.ts";
import { useServer } from "../../support/listen.ts";
import { awsAt } from "../../support/variables.ts";
import { withoutCredentials } from "../run-ops.ts";

const shells = [
  { shell: "bash", options: ["--norc", "--noprofile"] },
  { shell: "zsh", options: ["--no-rcs"] },
].filter(({ shell }) => spawnSync(shell, ["--version"]).status === 0);

describe("ops env", function () {
  this.timeout(60_000);
  /** STS, whose credentials belong to this account. */
  let account = "";
  /** Regions whose STS ends every connection. */
  const lostRegions = new Set<string>();
  const aws = createServer((request, response) => {
    const [, region = ""] = /Credential=[^/]+\/\d+\/([\w-]+)\/sts/.exec(request.headers.authorization!) ?? [];
    if (lostRegions.has(region)) {
      request.destroy();
      return;
    }
    request.resume().once("end", () => {
      response.writeHead(account ? 200 : 403, { "content-type": "text/xml" });
      response.end(
        account
          ? `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>${account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`
          : "<ErrorResponse><Error><Code>ExpiredToken</Code><Message>said AWS</Message></Error></ErrorResponse>",
      );
    });
  });
  const port = useServer(aws);

  /** Sources the command in a shell, as runbooks/README.md says, and prints what the shell then has. */
  const source = async (
    { shell, options }: (typeof shells)[number],
    name: string,
    variables: NodeJS.ProcessEnv = {},
    prefix = "",
  ) => {
    const ops = `'${process.execPath}' '${await compileOps()}'`;
    const script = `${prefix}source <(${ops} env ${name}); echo "status $?"; printenv ENVIRONMENT ACCOUNT API AWS_REGION AWS_DEFAULT_REGION`;
    const { PATH } = process.env;
    return run(shell, [...options, "-c", script], {
      cwd: ".",
      env: { PATH, ...awsAt(`http://127.0.0.1:${port()}`), AWS_REGION: undefined, ...variables },
    });
  };

  it("has a shell to be tested in", () => {
    expect(shells.map(({ shell }) => shell)).to.include("bash");
  });

  for (const shell of shells) {
    describe(`in ${shell.shell}`, () => {
      for (const name of environmentNames) {
        it(`sets the variables of ${name}, and says so`, async () => {
          account = getEnvironment(name).accountId;
          const { stdout, stderr } = await source(shell, name, {}, "set -u; ");
          const { accountId, apiDomain, region } = getEnvironment(name);
          const expected = ["status 0", name, accountId, `https://${apiDomain}`, region, region];
          expect(stdout.trim().split("\n"), stderr).to.deep.equal(expected);
          expect(stderr.trim().split("\n").at(-1)).to.equal(
            `${name}: account ${accountId}, ${region}, https://${apiDomain}`,
          );
        });
      }

      it("replaces the variables of another environment", async () => {
        account = production.accountId;
        const before = { ...getShellVariables("staging"), AWS_REGION: "us-west-2", AWS_DEFAULT_REGION: "us-west-2" };
        const { stdout } = await source(shell, "production", before);
        expect(stdout).to.equal(`status 0\nproduction\n${account}\nhttps://api.ecobeat.app\neu-west-1\neu-west-1\n`);
      });

      for (const [what, name, found, variables, error] of [
        ["another account", "production", staging.accountId, {}, "[shell-account-differs]"],
        ["expired credentials", "production", "", {}, "[shell-account-unknown]"],
        ["no credentials", "production", "", withoutCredentials, "Set AWS_PROFILE"],
        ["no response", "production", "", { AWS_ENDPOINT_URL: "http://127.0.0.1:9" }, "Correct AWS_ENDPOINT_URL"],
        ["an unknown environment", "prod", "", {}, "Allowed choices are production, staging"],
        ["no environment", "", "", {}, "missing required argument 'environment'"],
      ] as const) {
        it(`fails with ${what}, and leaves no environment in the shell`, async () => {
          account = found;
          const { stdout, stderr } = await source(shell, name, { ...getShellVariables("staging"), ...variables });
          expect(stderr).to.contain(error).and.to.not.contain("    at ");
          expect(stdout).to.equal("status 1\neu-west-1\neu-west-1\n");
        });
      }

      it("fails on the index's line if npm does not run it, and leaves no environment in the shell", async () => {
        const index = readFileSync("runbooks/README.md", "utf8");
        const [, line] = /^ {4}(source .* env production.*)$/m.exec(index)!;
        const script = `${line}; echo "status $?"; printenv ENVIRONMENT`;
        const { PATH } = process.env;
        const { stdout } = await run(shell.shell, [...shell.options, "-c", script], {
          cwd: tmpdir(),
          env: { PATH, ...getShellVariables("staging") },
        });
        expect(stdout).to.equal("status 1\n");
      });

      it("works while the environment's region is lost", async () => {
        account = production.accountId;
        lostRegions.add("eu-west-1");
        const { stdout } = await source(shell, "production").finally(() => lostRegions.clear());
        expect(stdout).to.contain("status 0\nproduction\n");
      });

      it("sets the variables without the check for an engineer who cannot sign in", async () => {
        const { stdout, stderr } = await source(shell, "production --skip-account-check", withoutCredentials);
        expect(stdout).to.contain("status 0\nproduction\n");
        expect(stderr).to.contain("the account is unchecked");
      });

      it("keeps a value as it is", async () => {
        const value = 'it\'s "$(false)" `false` \\ !! * ~\n;';
        const script = `eval "$1"; printf %s "$X"`;
        const { stdout } = await run(shell.shell, [...shell.options, "-c", script, "-", formatExports({ X: value })], {
          cwd: ".",
          env: { PATH: process.env.PATH },
        });
        expect(stdout).to.equal(value);
      });
    });
  }

  it("prints no secret, whatever the shell has", async () => {
    account = production.accountId;
    const { stdout, stderr } = await run(process.execPath, [await compileOps(), "env", "production"], {
      cwd: ".",
      env: {
        ...{ PATH: process.env.PATH, ...awsAt(`http://127.0.0.1:${port()}`) },
        ...{ AWS_SECRET_ACCESS_KEY: "a-secret", MONGODB_URI: "mongodb://user:a-secret@host/ecobeat" },
      },
    });
    expect(stdout).to.equal(formatExports(getShellVariables("production")));
    expect(stderr).to.not.contain("a-secret");
  });
});
