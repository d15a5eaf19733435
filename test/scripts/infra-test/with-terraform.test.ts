import { expect } from "chai";
import { findOfflineVersion } from "../../../scripts/terraform/provider.ts";
import { Terraform } from "../../../scripts/terraform/terraform.ts";
import { testFixture } from "./fixture/infra-test.ts";

const { PATH, HOME, TF_PLUGIN_DIR, AWS_ENDPOINT_URL } = process.env;

/** Why this machine cannot run these tests; undefined when it can. */
async function missing(): Promise<string | undefined> {
  if (!(await Terraform.find(process.env))) return "no terraform on the PATH";
  if (!TF_PLUGIN_DIR || !(await findOfflineVersion(TF_PLUGIN_DIR))) return "TF_PLUGIN_DIR has no hashicorp/aws";
  return undefined;
}

describe("infrastructure test: with Terraform and the AWS provider", () => {
  let reason: string | undefined;
  let planned: Awaited<ReturnType<typeof testFixture>>;
  let applied: Awaited<ReturnType<typeof testFixture>>;

  // In parallel, as each takes half a minute and leaves a CPU idle.
  before(async () => {
    reason = await missing();
    if (reason) return;
    // A profile that would be an error if Terraform saw it.
    const environment = { PATH, HOME, TF_PLUGIN_DIR, AWS_PROFILE: "no-such-profile" };
    [planned, applied] = await Promise.all([
      testFixture({ environment }),
      testFixture({ environment: { ...environment, AWS_ENDPOINT_URL } }),
    ]);
  });

  function skip(context: Mocha.Context, why: string): never {
    context.test!.title += ` (skipped: ${why})`;
    return context.skip();
  }

  it("plans both stacks without reaching anything", function () {
    if (reason) skip(this, reason);
    const { results, text } = planned;
    expect(results, text).to.deep.equal({ passed: 4, failed: 0, skipped: 0 });
    expect(text).to.match(/fixture-first +plan .* 3 planned/);
  });

  it("applies both stacks on the emulator, finds nothing to change, and destroys them", function () {
    if (reason) skip(this, reason);
    if (!AWS_ENDPOINT_URL) skip(this, "AWS_ENDPOINT_URL is not set");
    const { results, text } = applied;
    expect(results, text).to.deep.equal({ passed: 12, failed: 0, skipped: 0 });
    expect(text)
      .to.match(/fixture-first +apply .* 2 applied, 1 excluded/)
      .and.match(/fixture-first +destroy .* 2 destroyed/);
  });
});
