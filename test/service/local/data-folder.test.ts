import { chmod, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ConfigurationError } from "../../../service/config.ts";
import { dataFolder } from "../../../service/local/data-folder.ts";

const nobody = 65_534;

describe("The data folder", () => {
  let parent: string;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), "ecobeat-data-"));
  });
  afterEach(() => rm(parent, { recursive: true }));

  const rights = async (folder: string) => (await stat(folder)).mode & 0o777;
  const refusal = (folder: string) => dataFolder({ ECOBEAT_DATA_DIR: folder }).catch((error) => error);

  it("is made, and closed to all but its owner", async () => {
    const folder = await dataFolder({ ECOBEAT_DATA_DIR: join(parent, "deep", "er") });
    expect(await rights(folder)).to.equal(0o700);
  });

  it("is closed to all but its owner if it was open", async () => {
    await chmod(parent, 0o755);
    await dataFolder({ ECOBEAT_DATA_DIR: parent });
    expect(await rights(parent)).to.equal(0o700);
  });

  it("is no folder that all share: it would be closed to them", async () => {
    await chmod(parent, 0o1777);
    expect(await refusal(parent)).to.be.instanceOf(ConfigurationError);
    expect(await rights(parent)).to.equal(0o777);
  });

  it("is refused with what to do if it cannot be written to", async () => {
    await chmod(parent, 0o500);
    const isRoot = process.geteuid!() === 0;
    if (isRoot) process.seteuid!(nobody);
    try {
      for (const folder of [parent, join(parent, "below")]) {
        const error = await refusal(folder);
        expect(error).to.be.instanceOf(ConfigurationError);
        expect(error.message).to.contain(folder).and.contain("ECOBEAT_DATA_DIR");
      }
    } finally {
      if (isRoot) process.seteuid!(0);
      await chmod(parent, 0o700);
    }
  });
});
