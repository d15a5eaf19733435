import { expect } from "chai";
import { offlineVersion } from "../../../scripts/rehearse/provider.ts";
import { Terraform } from "../../../scripts/rehearse/terraform.ts";
import { rehearseFixture } from "./fixture/rehearse.ts";

const { PATH, HOME, TF_PLUGIN_DIR, AWS_ENDPOINT_URL } = process.env;

/** Why this machine cannot run these tests; undefined when it can. */
async function missing(): Promise<string | undefined> {
  if (!(await Terraform.find(PATH))) return "no terraform on the PATH";
  if (!TF_PLUGIN_DIR || !(await offlineVersion(TF_PLUGIN_DIR))) return "TF_PLUGIN_DIR holds no hashicorp/aws";
  return undefined;
}

describe("rehearsal: with Terraform and the AWS provider", function () {
  this.timeout(120_000);

  function skip(context: Mocha.Context, reason: string): never {
    context.test!.title += ` (skipped: ${reason})`;
    return context.skip();
  }

  it("plans both stacks without reaching anything", async function () {
    const reason = await missing();
    if (reason) skip(this, reason);
    // Credentials that would be an error if Terraform saw them.
    const environment = { PATH, HOME, TF_PLUGIN_DIR, AWS_PROFILE: "no-such-profile" };
    const { tally, text } = await rehearseFixture({ environment });
    expect(tally, text).to.deep.equal({ passed: 6, failed: 0, skipped: 0 });
    expect(text).to.match(/fixture-first +plan .* 3 planned/);
  });

  it("applies both stacks on the emulator, finds nothing to change, and destroys them", async function () {
    const reason = (await missing()) ?? (AWS_ENDPOINT_URL ? undefined : "AWS_ENDPOINT_URL is not set");
    if (reason) skip(this, reason);
    const { tally, text } = await rehearseFixture({
      environment: { PATH, HOME, TF_PLUGIN_DIR, AWS_ENDPOINT_URL },
    });
    expect(tally, text).to.deep.equal({ passed: 12, failed: 0, skipped: 0 });
    expect(text)
      .to.match(/fixture-first +apply .* 2 applied, 1 left out/)
      .and.match(/fixture-first +destroy .* 2 destroyed/);
  });
});
