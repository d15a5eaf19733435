import { expect } from "chai";
import { atlasChecks } from "../../../scripts/doctor/atlas.ts";
import type { Context } from "../../../scripts/doctor/check.ts";
import { production } from "../../../stacks/environments/production.ts";
import { useAtlas } from "../atlas/fixture.ts";
import { createTestContext, expectState, run } from "./fixture.ts";

describe("the doctor, in Atlas,", () => {
  const atlas = useAtlas();
  const context = (replaced: Partial<Context> = {}) =>
    createTestContext({ environment: production, variables: atlas.api.variables, ...replaced });
  const deployed = { isDeployed: async () => true };

  it("makes no check without a service account", async () => {
    for (const { name } of atlasChecks) {
      const { action } = await expectState("unknown", atlasChecks, name, context({ variables: {} }));
      expect(action).to.contain("MONGODB_ATLAS_CLIENT_ID");
    }
  });

  it("gives up while it does not respond", async () => {
    await atlas.start({ injectFault: () => ({ status: 503 }) });
    for (const { name } of atlasChecks) {
      const [finding] = Object.values(await run(atlasChecks, name, context(), 50));
      expect(finding).to.include({ state: "unknown" });
      expect(finding!.found).to.contain("No result within 0.05 s.");
    }
  });

  describe("organization", () => {
    const name = "Atlas organization";

    it("is found by the service account", async () => {
      expect((await expectState("ok", atlasChecks, name, context())).found).to.equal("Ecobeat");
    });

    it("is another one", async () => {
      await atlas.start({ organization: { id: "a".repeat(24), apiAccessListRequired: false } });
      await expectState("wrong", atlasChecks, name, context());
    });

    it("rejects the secret", async () => {
      const variables = { ...atlas.api.variables, MONGODB_ATLAS_CLIENT_SECRET: "old" };
      const { action } = await expectState("wrong", atlasChecks, name, context({ variables }));
      expect(action).to.contain("new secret");
    });

    for (const [what, fault, expected] of [
      ["does not list this address", { status: 403, errorCode: "IP_ADDRESS_NOT_ON_ACCESS_LIST" }, "access list"],
      ["does not have the service account", { status: 401, errorCode: "USER_UNAUTHORIZED" }, "Organization Member"],
      ["gives it no role", { status: 403, errorCode: "USER_UNAUTHORIZED" }, "Organization Member in the organization"],
    ] as const) {
      it(what, async () => {
        await atlas.start({ injectFault: (operation) => (operation === "getOrg" ? fault : undefined) });
        const { action } = await expectState("wrong", atlasChecks, name, context());
        expect(action).to.contain(expected);
      });
    }
  });

  it("needs no access list for its API, or does", async () => {
    await expectState("ok", atlasChecks, "Atlas API access list", context());
    await atlas.start({ organization: { id: "0".repeat(24), apiAccessListRequired: true } });
    const { action } = await expectState("wrong", atlasChecks, "Atlas API access list", context());
    expect(action).to.contain("HCP Terraform");
  });

  describe("cluster", () => {
    const name = "Atlas cluster";

    it("runs", async () => {
      expect((await expectState("ok", atlasChecks, name, context())).found).to.equal("replica-set, IDLE");
    });

    it("is paused", async () => {
      atlas.clusters.production.paused = true;
      await expectState("wrong", atlasChecks, name, context());
    });

    it("is of another kind than configured", async () => {
      const { kind } = atlas.clusters.production;
      expect(kind).to.equal("replica-set");
      atlas.clusters.production.kind = "flex";
      const { found } = await expectState("wrong", atlasChecks, name, context());
      expect(found).to.contain('"flex"');
    });

    for (const [what, remove] of [
      ["project", () => atlas.clusters.all.splice(0)],
      ["cluster", () => atlas.clusters.all.find((each) => each.name === "ecobeat-production")!.clusters.splice(0)],
    ] as const) {
      it(`has no ${what}: not yet before a deployment, wrong after it`, async () => {
        remove();
        await expectState("not yet", atlasChecks, name, context());
        await expectState("wrong", atlasChecks, name, context(deployed));
      });
    }
  });
});
