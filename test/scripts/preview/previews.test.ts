import { expect } from "chai";
import { deleteWorkspace, listWorkspaces } from "../../../scripts/preview/workspaces.ts";
import { openHcpTerraform } from "../../../scripts/terraform/hcp-terraform-api.ts";
import { expectCode } from "../../support/errors.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { expectRefusal } from "../run-ops.ts";
import { FakeClouds } from "./fake-clouds.ts";

const past = "2020-01-01T00:00:00Z";
const future = "2100-01-01T00:00:00Z";

describe("ops preview", () => {
  const folder = useTemporaryFolder();
  let clouds: FakeClouds;
  beforeEach(async () => {
    clouds = new FakeClouds();
    await clouds.start(folder());
  });
  afterEach(() => clouds.stop());

  describe("list", () => {
    it("shows the pull request, expiry and URL of each preview, on all pages, and nothing else", async () => {
      for (const [number, expiresAt] of [
        [42, future],
        [7, past],
        [9, future],
      ] as const)
        clouds.add(number, expiresAt);
      for (const other of ["my-ecobeat-pr-1-service", "ecobeat-pr-x-service", "ecobeat-pr-3-other", "ecobeat-pr-3"])
        clouds.workspaces.set(other, past);
      const { code, stdout } = await clouds.ops(["preview", "list"]);
      expect(code).to.equal(0);
      expect(stdout).to.equal(
        `#7   expired ${past}  https://7.execute-api.test/live\n` +
          `#9   expires ${future}  https://9.execute-api.test/live\n` +
          `#42  expires ${future}  https://42.execute-api.test/live\n`,
      );
    });

    it("shows an incomplete preview, which expires as late as a complete one", async () => {
      clouds.workspaces.set("ecobeat-pr-5-service", "2026-01-01T10:00:00.123Z");
      const { stdout } = await clouds.ops(["preview", "list", "--json"]);
      expect(JSON.parse(stdout)).to.deep.equal([
        { pullRequest: 5, name: "ecobeat-pr-5", expiresAt: "2026-01-08T10:00:00Z", isExpired: true },
      ]);
      expect((await clouds.ops(["preview", "list"])).stdout).to.contain("incomplete");
    });

    for (const [expiresAt, isExpired] of [
      ["2100-01-01T00:00:00+14:00", false],
      ["2020-01-01T00:00:00-12:00", true],
      ["never", true],
    ] as const)
      it(`takes the tag ${expiresAt} for a time that ${isExpired ? "is in the past" : "comes"}`, async () => {
        clouds.add(7, expiresAt);
        const { stdout } = await clouds.ops(["preview", "list", "--json"]);
        expect(JSON.parse(stdout)).to.deep.equal([
          { pullRequest: 7, name: "ecobeat-pr-7", url: "https://7.execute-api.test/live", expiresAt, isExpired },
        ]);
      });

    it("shows that there is none", async () => {
      expect((await clouds.ops(["preview", "list"])).stdout).to.equal("no previews\n");
    });
  });

  describe("create", () => {
    it("says in a dry run whether it would create or update, and changes nothing", async () => {
      clouds.add(7, past);
      for (const [number, outcome] of [
        ["7", "would update"],
        ["8", "would create"],
      ] as const) {
        const { stdout } = await clouds.ops(["preview", "create", number, "--dry-run", "--json"]);
        const result = JSON.parse(stdout);
        expect(result).to.include({ pullRequest: Number(number), name: `ecobeat-pr-${number}`, outcome });
        const days = (Date.parse(result.expiresAt) - Date.now()) / (24 * 60 * 60 * 1_000);
        expect(Math.round(days)).to.equal(7);
      }
      expect(clouds.events).to.deep.equal([]);
    });

    it("refuses a preview too many, and still updates those that exist", async () => {
      for (const number of [1, 2, 3, 4, 5]) clouds.add(number, future);
      await expectRefusal(clouds.ops(["preview", "create", "6"]), "[previews-at-maximum]", "at most 5");
      const { stdout } = await clouds.ops(["preview", "create", "5", "--dry-run"]);
      expect(stdout).to.match(/^would update ecobeat-pr-5,/);
      expect(clouds.events).to.deep.equal([]);
    });

    for (const number of ["0", "-1", "01", "1e3", "٤٢", "42\n", " 42", "x", "4.2", "12345678", "ecobeat", "42-auth"]) {
      it(`refuses ${JSON.stringify(number)} as a pull request`, async () => {
        const { code, output } = await clouds.ops(["preview", "create", "--", number]);
        expect(code).to.equal(1);
        expect(output).to.contain("the number of a pull request, such as 42");
      });
    }
  });

  describe("destroy", () => {
    it("refuses a preview that does not exist", async () => {
      await expectRefusal(clouds.ops(["preview", "destroy", "7", "--yes"]), "[preview-not-found]", "ecobeat-pr-7");
    });

    it("changes nothing without consent or in a dry run", async () => {
      clouds.add(7, past);
      await expectRefusal(clouds.ops(["preview", "destroy", "7"]), "[not-confirmed]", "ecobeat-pr-7");
      const { stdout } = await clouds.ops(["preview", "destroy", "7", "--dry-run"]);
      expect(stdout).to.equal("would destroy ecobeat-pr-7\n");
      expect(clouds.events).to.deep.equal([]);
    });

    it("destroys no resource without the function that deletes the data", async () => {
      clouds.add(7, past);
      clouds.functions.delete("ecobeat-pr-7-migrate");
      const refusal = clouds.ops(["preview", "destroy", "7", "--yes"]);
      await expectRefusal(refusal, "[preview-data-not-deleted]", "add --keep-data");
      expect(clouds.functions.size).to.equal(2);
    });

    it("destroys no resource if the data cannot be deleted", async () => {
      clouds.add(7, past);
      clouds.migrationError = "the code of the pull request is broken";
      await expectRefusal(clouds.ops(["preview", "destroy", "7", "--yes"]), "[invoked-function-failed]", "is broken");
      expect(clouds.events).to.deep.equal([
        "ecobeat-pr-7-auth limited to 0",
        "ecobeat-pr-7-api limited to 0",
        'ecobeat-pr-7-migrate invoked with {"erase":"ecobeat-pr-7"}',
      ]);
      expect(clouds.functions.size).to.equal(3);
    });
  });

  describe("clean", () => {
    it("finds what has expired, and with a token for GitHub, what belongs to a closed pull request", async () => {
      clouds.add(1, past);
      clouds.add(2, future);
      clouds.add(3, future);
      clouds.closed.add(3);
      clouds.add(4, future);
      clouds.unknown.add(4);
      const args = ["preview", "clean", "--dry-run"];
      const without = await clouds.ops(args);
      expect(without.stdout)
        .to.contain("only expired previews are found")
        .and.contain("would destroy ecobeat-pr-1: expired");
      expect(without.stdout).not.to.contain("ecobeat-pr-3");
      const { stdout } = await clouds.ops([...args, "--json"], { GH_TOKEN: "token" });
      expect(JSON.parse(stdout)).to.deep.equal([
        { pullRequest: 1, name: "ecobeat-pr-1", outcome: "would destroy", why: "expired" },
        { pullRequest: 3, name: "ecobeat-pr-3", outcome: "would destroy", why: "pull request closed" },
      ]);
      expect(clouds.events).to.deep.equal([]);
    });

    it("changes nothing without consent, and needs none for nothing", async () => {
      clouds.add(2, future);
      expect((await clouds.ops(["preview", "clean"])).stdout).to.contain("nothing to destroy");
      clouds.add(1, past);
      await expectRefusal(clouds.ops(["preview", "clean"]), "[not-confirmed]", "staging");
      expect(clouds.events).to.deep.equal([]);
    });

    it("continues after a preview that cannot be destroyed, and says so at the end", async () => {
      clouds.add(1, past);
      clouds.add(2, past);
      clouds.migrationError = "broken";
      await expectRefusal(
        clouds.ops(["preview", "clean", "--yes"]),
        "[previews-not-cleaned]",
        "ecobeat-pr-1, ecobeat-pr-2",
      );
      expect(clouds.events.filter((event) => event.includes("invoked"))).to.have.lengthOf(2);
    });

    it("destroys what has expired although GitHub knows nothing of another", async () => {
      clouds.add(1, future);
      clouds.add(2, past);
      clouds.refusesPullRequests = true;
      clouds.migrationError = "broken";
      const clean = clouds.ops(["preview", "clean", "--yes"], { GH_TOKEN: "token" });
      await expectRefusal(clean, "[previews-not-cleaned]", "ecobeat-pr-1, ecobeat-pr-2");
      expect(clouds.events.filter((event) => event.includes("invoked"))).to.deep.equal([
        'ecobeat-pr-2-migrate invoked with {"erase":"ecobeat-pr-2"}',
      ]);
    });

    it("leaves a preview that was extended while others were destroyed", async () => {
      clouds.add(1, past);
      clouds.add(2, past);
      clouds.migrationError = "broken";
      clouds.onMigration = () => clouds.add(2, future);
      const clean = clouds.ops(["preview", "clean", "--yes"]);
      await expectRefusal(clean, "[previews-not-cleaned]", "not destroyed: ecobeat-pr-1.");
      expect(clouds.events.filter((event) => event.includes("-2-"))).to.deep.equal([]);
    });
  });

  describe("the workspace", () => {
    const open = async () => {
      const { output } = await clouds.ops(["preview", "list"]);
      expect(output).to.contain("expire");
      return openHcpTerraform({ TFE_ADDRESS: clouds.url, TF_TOKEN_127_0_0_1: "token" });
    };
    const wait = async () => {};

    it("is deleted once HCP Terraform knows that it has no resource", async () => {
      clouds.add(7, past);
      const api = await open();
      clouds.functions.clear();
      clouds.refusedDeletions = 2;
      const [workspace] = await listWorkspaces(api);
      await deleteWorkspace(api, workspace!, wait);
      expect(clouds.events).to.deep.equal(["workspace ecobeat-pr-7-service deleted"]);
      // Again: it no longer exists.
      await deleteWorkspace(api, workspace!, wait);
    });

    it("is not deleted while it has resources", async () => {
      clouds.add(7, past);
      const api = await open();
      const [workspace] = await listWorkspaces(api);
      await expectCode("api-conflict", () => deleteWorkspace(api, workspace!, wait));
      expect(clouds.workspaces.size).to.equal(1);
    });
  });
});
