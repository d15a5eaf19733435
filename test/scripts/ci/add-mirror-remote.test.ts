import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { addMirrorRemote } from "../../../scripts/ci/add-mirror-remote.ts";
import { git } from "../../../scripts/git-mirror/git.ts";
import { expectCode } from "../../support/errors.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";

describe("the remote of the mirror, in a job", () => {
  const folder = useTemporaryFolder();
  beforeEach(() => git(folder(), "init", "--quiet"));

  const add = (variables: NodeJS.ProcessEnv = {}) =>
    addMirrorRemote(folder(), {
      MIRROR_URL: "git@git.example.com:ecobeat/platform.git",
      MIRROR_KEY: "private key",
      MIRROR_HOST_KEYS: "git.example.com ssh-ed25519 AAAA",
      RUNNER_TEMP: folder(),
      GITHUB_ENV: join(folder(), "variables"),
      ...variables,
    });

  it("uses only its own key, which no other user can read, and accepts only its own host", async () => {
    await add();
    expect(await git(folder(), "remote", "get-url", "mirror")).to.equal("git@git.example.com:ecobeat/platform.git\n");
    expect(statSync(join(folder(), "mirror-key")).mode & 0o777).to.equal(0o600);
    const [, command] = /^GIT_SSH_COMMAND=ssh (.*)\n$/.exec(readFileSync(join(folder(), "variables"), "utf8"))!;
    const settings = execFileSync("ssh", ["-F", "none", "-G", ...command!.split(" "), "git.example.com"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    expect(settings)
      .to.include(`identityfile ${join(folder(), "mirror-key")}`)
      .and.include("identitiesonly yes")
      .and.include("batchmode yes")
      .and.match(/stricthostkeychecking (true|yes)/)
      .and.include(`userknownhostsfile ${join(folder(), "mirror-known-hosts")}`);
  });

  for (const [problem, variables, code] of [
    ["no key", { MIRROR_KEY: "" }, "mirror-variable-missing"],
    ["an address that needs a password", { MIRROR_URL: "https://git.example.com/x" }, "mirror-url-not-ssh"],
    ["an address that is an option", { MIRROR_URL: "--upload-pack=touch x" }, "mirror-url-not-ssh"],
    ["an address that runs a command", { MIRROR_URL: "ext::sh -c touch% x" }, "mirror-url-not-ssh"],
  ] as const) {
    it(`is not added with ${problem}`, async () => {
      await expectCode(code, () => add(variables));
      expect(await git(folder(), "remote")).to.equal("");
    });
  }
});
