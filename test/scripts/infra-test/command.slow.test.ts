import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";

/** Runs the command in a process of its own, without Terraform on its search path. */
function runCommand(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const path = mkdtempSync(join(tmpdir(), "no-terraform-"));
  return new Promise<{ exitCode: number | string; stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      ["scripts/run.cjs", "scripts/infra-test/command.ts", ...args],
      { env: { HOME: process.env.HOME, PATH: path, ...environment } },
      (error, stdout, stderr) => {
        rmSync(path, { recursive: true });
        resolve({ exitCode: error?.code ?? 0, stdout, stderr });
      },
    );
  });
}

describe("npm run test:infra", () => {
  for (const [args, expected] of [
    [[], 0],
    [["--require"], 1],
  ] as const) {
    it(`exits with ${expected} without Terraform: ${args}`, async () => {
      const { exitCode, stdout } = await runCommand(args);
      expect(stdout).to.match(/\n0 passed, 0 failed, (?!0)\d+ skipped\n$/);
      expect(exitCode).to.equal(expected);
    });
  }

  it("rejects an endpoint that is not on this machine before any step", async () => {
    const { exitCode, stdout, stderr } = await runCommand([], { AWS_ENDPOINT_URL: "https://sts.amazonaws.com" });
    expect(stderr).to.contain("https://sts.amazonaws.com").and.contain("[endpoint-not-loopback]");
    expect(stdout).to.equal("0 passed, 1 failed, 0 skipped\n");
    expect(exitCode).to.equal(1);
  });
});
