import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { OperatorError } from "../../../scripts/cli/errors.ts";
import { machineChecks } from "../../../scripts/doctor/machine.ts";
import { placeholderChecks } from "../../../scripts/doctor/placeholders.ts";
import { production } from "../../../stacks/environments/production.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { createTestContext, expectState, run } from "./fixture.ts";

describe("the doctor, on this machine,", () => {
  const folder = useTemporaryFolder();

  async function write(path: string, text: string): Promise<string> {
    const file = join(folder(), path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  }
  /** Programs on the `PATH`, and what they print. */
  async function installTools(outputs: Record<string, string>) {
    for (const [name, output] of Object.entries(outputs)) {
      await chmod(await write(`bin/${name}`, `#!/bin/sh\necho '${output}'\n`), 0o755);
    }
    return { PATH: join(folder(), "bin") };
  }
  const programs = {
    npm: "11.4.2",
    git: "git version 2.50.1",
    aws: "aws-cli/2.31.1 Python/3.13.7 Linux/6.8.0",
    gh: "gh version 2.81.0 (2026-10-01)",
  };
  const terraform = (version: string) => ({ terraform: `{"terraform_version":"${version}"}` });

  it("finds the tools and their versions", async () => {
    const found = await run(machineChecks, "tools", createTestContext({ variables: await installTools(programs) }));
    const versions = Object.entries(found).map(([name, { state, found }]) => [name, state, found].join(" "));
    expect(versions).to.deep.equal([
      `tools: node ok ${process.versions.node}`,
      "tools: cdktf ok 0.21.0",
      "tools: npm ok 11.4.2",
      "tools: git ok 2.50.1",
      "tools: aws ok 2.31.1",
      "tools: gh ok 2.81.0",
    ]);
  });

  it("finds missing tools, and says where they come from", async () => {
    const { gh: _, ...others } = programs;
    const found = await run(machineChecks, "tools", createTestContext({ variables: await installTools(others) }));
    expect(found["tools: gh"]).to.include({ state: "wrong", found: "not installed" });
    expect(found["tools: gh"]!.action).to.contain("https://cli.github.com");
    expect(found["tools: git"]).to.include({ state: "ok" });
  });

  it("finds versions that package.json does not allow", async () => {
    await write(
      "package.json",
      JSON.stringify({ engines: { node: ">=99.1" }, devDependencies: { "cdktf-cli": "1.0.0" } }),
    );
    await write("node_modules/cdktf-cli/package.json", '{"version":"1.0.1"}');
    const found = await run(machineChecks, "tools", createTestContext({ folder: folder() }));
    expect(found["tools: node"]).to.include({ state: "wrong", wanted: ">=99.1" });
    expect(found["tools: cdktf"]).to.include({ state: "wrong", found: "1.0.1", wanted: "1.0.0" });
  });

  for (const [version, state] of [
    ["1.11.0", "ok"],
    ["1.14.2", "ok"],
    ["1.9.8", "wrong"],
    ["2.0.0", "wrong"],
  ] as const) {
    it(`finds that Terraform ${version} is ${state}`, async () => {
      const variables = await installTools(terraform(version));
      const { found } = await expectState(state, machineChecks, "tools: terraform", createTestContext({ variables }));
      expect(found).to.equal(version);
    });
  }

  it("finds that Terraform is missing", async () => {
    const stacks = () => {
      throw new OperatorError("synthesis-failed", { what: "It fails.", why: "A reason.", action: "Correct it." });
    };
    const context = createTestContext({ variables: await installTools(programs), stacks });
    const { found } = await expectState("wrong", machineChecks, "tools: terraform", context);
    expect(found).to.equal("not installed");
  });

  describe("placeholders", () => {
    const files = {
      "stacks/environments/staging.ts": 'accountId: "210987654321",\norganizationId: "64b1f0c2a9d3e4f5a6b7c8d9",',
      "stacks/environments/production.ts": 'accountId: "444455556666",',
      "stacks/environments/shared.ts":
        '// such as "ecobeat@111111/platform@222222"\nrepository = "ecobeat@9919/platform@741";',
      "service/company.ts": 'terraformOrganization = "ecobeat";',
      "service/app-version/stores.ts": "https://apps.apple.com/app/id987654321",
      ".github/workflows/both.yml":
        "role: arn:aws:iam::210987654321:role/deploy/ecobeat-staging-x\nrole: arn:aws:iam::444455556666:role/deploy/ecobeat-production-x",
      "SECURITY.md": "Write to security@ecobeat.app.",
    };
    const diagnose = async (changed: Partial<typeof files>, environment = createTestContext().environment) => {
      for (const [path, text] of Object.entries({ ...files, ...changed })) await write(path, text);
      const found = await run(placeholderChecks, "placeholders", createTestContext({ folder: folder(), environment }));
      return Object.values(found).filter(({ state }) => state !== "ok");
    };

    it("are none in values of an owner, in comments, and in those of another environment", async () => {
      expect(await diagnose({})).to.deep.equal([]);
    });

    for (const [what, path, text, found] of [
      [
        "AWS account",
        "stacks/environments/staging.ts",
        'a\naccountId: "111122223333",',
        "111122223333 in stacks/environments/staging.ts:2",
      ],
      [
        "AWS account",
        "stacks/environments/staging.ts",
        'accountId: "000000000000",',
        "000000000000 in stacks/environments/staging.ts:1",
      ],
      [
        "AWS account",
        ".github/workflows/both.yml",
        "role: arn:aws:iam::111122223333:role/deploy/ecobeat-staging-x",
        "111122223333 in .github/workflows/both.yml:1",
      ],
      [
        "AWS account",
        ".github/workflows/both.yml",
        "roles: [111122223333:role/ecobeat-staging-x, ecobeat-production-x]",
        "111122223333 in .github/workflows/both.yml:1",
      ],
      [
        "Atlas organization",
        "stacks/environments/staging.ts",
        `organizationId: "${"0".repeat(24)}"`,
        `${"0".repeat(24)} in stacks/environments/staging.ts:1`,
      ],
      [
        "GitHub repository",
        "stacks/environments/shared.ts",
        '"ecobeat@111111/platform@222222"',
        "@111111 in stacks/environments/shared.ts:1, @222222 in stacks/environments/shared.ts:1",
      ],
      [
        "App Store id",
        "service/app-version/stores.ts",
        "https://apps.apple.com/app/id1234567890",
        "id1234567890 in service/app-version/stores.ts:1",
      ],
      [
        "Apple app id",
        "stacks/environments/staging.ts",
        "appleAppIds: [`ABCDE12345.${androidPackage}`],",
        "ABCDE12345 in stacks/environments/staging.ts:1",
      ],
      [
        "Android certificate",
        "stacks/environments/staging.ts",
        '"14:6D:E9:83:C5:73:06:50:D8:EE:B9:95:2F:34:FC:64:16:A0:83:42:E6:1D:BE:A8:8A:04:96:B2:3F:CF:44:E5"',
        "14:6D:E9:83:C5:73 in stacks/environments/staging.ts:1",
      ],
      ["example domain", "SECURITY.md", "Write to security@example.com.", "example.com in SECURITY.md:1"],
      [
        "example domain",
        "stacks/environments/staging.ts",
        'webhookUrl: "https://alerts.example/x"',
        ".example in stacks/environments/staging.ts:1",
      ],
    ] as const) {
      it(`are found: ${what} in ${path}: ${text.slice(-40)}`, async () => {
        const findings = await diagnose({ [path]: text });
        expect(findings).to.have.lengthOf(1);
        expect(findings[0]).to.include({ check: `placeholders: ${what}`, state: "wrong", found });
        expect(findings[0]!.action).to.match(/^Set /);
      });
    }

    it("are those of the environment that is checked", async () => {
      const [finding] = await diagnose({}, production);
      expect(finding!.found).to.equal(
        "444455556666 in stacks/environments/production.ts:1, 444455556666 in .github/workflows/both.yml:2",
      );
    });
  });
});
