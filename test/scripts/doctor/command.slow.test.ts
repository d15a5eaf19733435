import { join } from "node:path";
import { expect } from "chai";
import type { Finding } from "../../../scripts/doctor/check.ts";
import { checks, formatFindings } from "../../../scripts/doctor/doctor.ts";
import { opsProcess, withoutCredentials } from "../run-ops.ts";

describe("ops doctor, with a synthesis of its own", () => {
  /** A machine without credentials, and with services that respond to nothing. */
  const variables = {
    ...withoutCredentials,
    AWS_SESSION_TOKEN: "",
    AWS_ENDPOINT_URL: "http://127.0.0.1:9",
    HOME: "/nonexistent",
    GH_TOKEN: "",
    GITHUB_TOKEN: "",
    TF_TOKEN_app_terraform_io: "",
    MONGODB_ATLAS_CLIENT_ID: "",
    NODE_OPTIONS: `--import ${join(import.meta.dirname, "offline.mjs")}`,
  };

  it("makes all checks without any credentials, and exits with 1 because of the placeholders", async () => {
    const { code, stdout } = await opsProcess(["doctor", "--environment", "staging", "--json"], variables);
    expect(code, stdout).to.equal(1);
    const { environment, findings } = JSON.parse(stdout) as { environment: string; findings: Finding[] };
    expect(environment).to.equal("staging");
    for (const { name } of checks) {
      const own = findings.filter(({ check }) => check === name || check.startsWith(`${name}: `));
      expect(own, name).to.not.deep.equal([]);
    }
    for (const line of formatFindings(findings).slice(0, findings.length + 1)) expect(line.length).to.be.at.most(120);
    const byName = new Map(findings.map((each) => [each.check, each]));
    expect(byName.get("stacks")).to.include({ state: "ok", found: "3 stacks" });
    expect(byName.get("placeholders: AWS account")).to.include({ state: "wrong" });
    for (const name of ["AWS account", "Lambda concurrency", "DNS delegation", "newest dump", "workspaces"]) {
      expect(byName.get(name), name).to.include({ state: "unknown" });
      expect(byName.get(name)!.action, name).to.be.a("string");
    }
  });
});
