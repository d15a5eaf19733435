import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";

/** Runs the command in a process of its own, without Terraform on its search path. */
function runCommand(args: string[], environment: NodeJS.ProcessEnv = {}) {
  const path = mkdtempSync(join(tmpdir(), "no-terraform-"));
  return new Promise<{ exitCode: number | string; stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      ["--import", "tsx", "scripts/infra-test/command.ts", ...args],
      { env: { HOME: process.env.HOME, PATH: path, ...environment } },
      (error, stdout, stderr) => {
        rmSync(path, { recursive: true });
        resolve({ exitCode: error?.code ?? 0, stdout, stderr });
      },
    );
  });
}

describe("npm run test:infra", () => {
  it("reports missing Terraform and succeeds", async () => {
    const { exitCode, stdout } = await runCommand([]);
    expect(stdout)
      .to.contain("There is no terraform on the PATH")
      .and.match(/\n0 passed, 0 failed, (?!0)\d+ skipped\n$/);
    expect(exitCode).to.equal(0);
  });

  it("fails without Terraform when a run is required", async () => {
    const { exitCode, stdout } = await runCommand(["--require"]);
    expect(stdout).to.match(/\n0 passed, 0 failed, (?!0)\d+ skipped\n$/);
    expect(exitCode).to.equal(1);
  });

  it("rejects an endpoint that is not on this machine before any step", async () => {
    const { exitCode, stdout, stderr } = await runCommand([], {
      AWS_ENDPOINT_URL: "https://sts.amazonaws.com",
    });
    expect(stderr).to.contain("https://sts.amazonaws.com").and.contain("[endpoint-not-loopback]");
    expect(stdout).to.equal("0 passed, 1 failed, 0 skipped\n");
    expect(exitCode).to.equal(1);
  });

  it("rejects an unknown option, without a stack trace", async () => {
    const { exitCode, stderr } = await runCommand(["--requires"]);
    expect(stderr).to.contain("unknown option '--requires'").and.not.contain("at ");
    expect(exitCode).to.equal(1);
  });

  it("explains itself", async () => {
    const { exitCode, stdout } = await runCommand(["--help"]);
    expect(stdout).to.contain("--require");
    expect(exitCode).to.equal(0);
  });
});
