import { chmodSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { downloadProvider } from "../../../scripts/ci/download-provider.ts";
import { findOfflineVersion } from "../../../scripts/terraform/provider.ts";
import { providerVersions } from "../../../stacks/providers.ts";
import { expectCode } from "../../support/errors.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";

/** What Terraform 1.11 prints where its registry has no address. */
const noRegistry = `
Error: Failed to query available provider packages

Could not retrieve the list of available versions for provider hashicorp/aws: could not connect to registry.terraform.io: no such host
`;

describe("the download of the AWS provider for tests", () => {
  const folder = useTemporaryFolder();

  /** Downloads with a `terraform` whose `init` runs a line of a script. */
  function download(init: string): Promise<void> {
    const program = join(folder(), "terraform");
    writeFileSync(
      program,
      `#!/bin/bash\nif [ "$1" = version ]; then echo '{"terraform_version":"1.11.4"}'; exit; fi\n${init}\n`,
    );
    chmodSync(program, 0o755);
    const environment = { PATH: `${folder()}:${process.env.PATH}`, TMPDIR: folder(), AWS_PROFILE: "no-such-profile" };
    return downloadProvider(join(folder(), "plugins"), environment);
  }

  it("leaves the version of the stacks in a folder for TF_PLUGIN_DIR, and nothing else", async () => {
    const cached = "$TF_PLUGIN_CACHE_DIR/registry.terraform.io/hashicorp/aws";
    await download(
      `version=$(grep -oE '[0-9]+\\.[0-9]+\\.[0-9]+' main.tf.json); [ -z "$AWS_PROFILE" ] && mkdir -p "${cached}/$version/linux_amd64"`,
    );
    expect(await findOfflineVersion(join(folder(), "plugins"))).to.equal(providerVersions.aws);
    expect(readdirSync(folder()).sort()).to.deep.equal(["plugins", "terraform"]);
  });

  it("names the registry that does not respond", async () => {
    const error = await expectCode("provider-not-downloaded", () =>
      download(`cat <<'END'\n${noRegistry}\nEND\nexit 1`),
    );
    expect(error.message).to.match(/could not connect to registry\.terraform\.io.* set TF_PLUGIN_DIR/);
  });

  it("shows another error of Terraform", async () => {
    const error = await expectCode("provider-not-downloaded", () => download("echo 'Error: Invalid version'; exit 1"));
    expect(error.message).to.include("Error: Invalid version");
  });

  it("needs Terraform", async () => {
    const environment = { PATH: folder() };
    const error = await expectCode("provider-not-downloaded", () =>
      downloadProvider(join(folder(), "plugins"), environment),
    );
    expect(error.message).to.include("no terraform on the PATH");
    expect(existsSync(join(folder(), "plugins"))).to.equal(false);
  });
});
