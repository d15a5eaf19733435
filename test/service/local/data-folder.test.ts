import { chmod, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { ConfigurationError } from "../../../service/config.ts";
import { dataFolder } from "../../../service/local/data-folder.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";

/** Id of the unprivileged user `nobody`. */
const unprivileged = 65_534;

describe("The data folder", () => {
  const parent = useTemporaryFolder();

  const mode = async (folder: string) => (await stat(folder)).mode & 0o777;
  const refusal = (folder: string) => dataFolder({ ECOBEAT_DATA_DIR: folder }).catch((error) => error);

  it("is created, with access for its owner only", async () => {
    const folder = await dataFolder({ ECOBEAT_DATA_DIR: join(parent(), "deep", "er") });
    expect(await mode(folder)).to.equal(0o700);
  });

  it("gets access for its owner only if it was open", async () => {
    await chmod(parent(), 0o755);
    await dataFolder({ ECOBEAT_DATA_DIR: parent() });
    expect(await mode(parent())).to.equal(0o700);
  });

  it("is not a folder that all users share: they would lose access", async () => {
    await chmod(parent(), 0o1777);
    expect(await refusal(parent())).to.be.instanceOf(ConfigurationError);
    expect(await mode(parent())).to.equal(0o777);
  });

  it("is no place in which no folder can be created: the error comes at once, and names it", async () => {
    for (const folder of ["/proc/ecobeat", "/proc/ecobeat/below", "/dev/null", "/dev/null/below"]) {
      const error = await refusal(folder);
      expect(error).to.be.instanceOf(ConfigurationError);
      expect(error.message).to.contain(folder).and.contain("ECOBEAT_DATA_DIR").and.not.contain("respond");
    }
  });

  it("must be writable: the error names the folder and the variable", async () => {
    await chmod(parent(), 0o500);
    const isRoot = process.geteuid!() === 0;
    if (isRoot) process.seteuid!(unprivileged);
    try {
      for (const folder of [parent(), join(parent(), "below")]) {
        const error = await refusal(folder);
        expect(error).to.be.instanceOf(ConfigurationError);
        expect(error.message).to.contain(folder).and.contain("ECOBEAT_DATA_DIR");
      }
    } finally {
      if (isRoot) process.seteuid!(0);
      await chmod(parent(), 0o700);
    }
  });
});
