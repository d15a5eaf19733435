import { execFileSync, spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { repositoryRoot } from "../../../scripts/build/archive.ts";
import { formatBriefing } from "../../../scripts/drill/practice.ts";
import { scenarios } from "../../../scripts/drill/scenarios.ts";
import { compileModules } from "../../support/compiled-program.ts";

const common = {
  environment: "staging",
  since: "2026-11-22T22:30:00.000Z",
  account: { email: "user@example.com", password: "a long password", apiKey: "the-key" },
} as const;

const createCode = async () => `
  import { waitForPerson } from "${await compileModules("practice", "scripts/drill/practice.ts")}";
  const controller = new AbortController();
  process.once("SIGTERM", () => controller.abort());
  const variables = { ENVIRONMENT: "staging", ACCOUNT: "1", AWS_REGION: "r", API: "it's" };
  await waitForPerson(["What happened."], variables, controller.signal).then(
    () => console.log("returned"),
    ({ name }) => console.log(name),
  );`;

/** Starts to wait, and finds the file with the variables. */
async function startWaiting() {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", await createCode()], {
    cwd: repositoryRoot,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const printed = await new Promise<string>((resolve) => {
    let all = "";
    child.stderr.on("data", (chunk: Buffer) => {
      all += chunk;
      if (all.includes("Press Enter here")) resolve(all);
    });
  });
  return { child, output: text(child.stdout), file: /^ {4}source (\S+)$/m.exec(printed)![1]! };
}

describe("the practice of a drill", () => {
  it("begins with the e-mail of the alarm, and names no other runbook than the alarm does", async () => {
    const lines = formatBriefing({ ...(await scenarios["database-lost"]!()), ...common });
    expect(lines.slice(0, 2)).to.deep.equal([
      'E-mail: ALARM: "ecobeat-staging-login-failures"',
      "        More than half of all logins have a wrong password. An attacker may be guessing passwords. " +
        "Runbook: https://github.com/ecobeat/platform/blob/main/runbooks/accounts.md",
    ]);
    expect(lines.join("\n").match(/[\w-]+\.md/g)).to.deep.equal(["accounts.md", "README.md"]);
  });

  it("begins with the report of a colleague where no alarm fires", async () => {
    const [line] = formatBriefing({ ...(await scenarios["signing-key-compromised"]!()), ...common });
    expect(line).to.match(/^Incident channel: Security reports .*2026-11-22T22:30:00.000Z .*ecobeat-staging/);
  });

  for (const [name, load] of Object.entries(scenarios)) {
    it(`leaves no placeholder: ${name}`, async () => {
      expect(formatBriefing({ ...(await load()), ...common }).join("\n")).not.to.match(/<\w+>/);
    });
  }

  it("sets up a shell with one line, until the person returns", async () => {
    const { child, output, file } = await startWaiting();
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    const shell = execFileSync("sh", ["-c", `. ${file} 2>&1; echo "$API"`], { encoding: "utf8" });
    expect(shell).to.equal("staging: account 1, r, it's\nit's\n");
    child.stdin.end("\n");
    expect(await output).to.equal("returned\n");
    expect(existsSync(join(file, ".."))).to.equal(false);
  });

  it("removes the variables if the drill is stopped", async () => {
    const { child, output, file } = await startWaiting();
    child.kill("SIGTERM");
    expect(await output).to.equal("AbortError\n");
    expect(existsSync(join(file, ".."))).to.equal(false);
  });
});
