import { chmod, mkdir, rm, stat, symlink, writeFile } from "node:fs/promises";
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

  it("is not a folder of other files that others can read: they would lose access", async () => {
    for (const mode of [0o755, 0o750, 0o701]) {
      const folder = join(parent(), `${mode}`);
      await mkdir(folder);
      await writeFile(join(folder, "notes.txt"), "");
      await chmod(folder, mode);
      const error = await refusal(folder);
      expect(error).to.be.instanceOf(ConfigurationError);
      expect(error.message).to.contain(folder).and.contain("notes.txt").and.contain("ECOBEAT_DATA_DIR");
      expect((await stat(folder)).mode & 0o777).to.equal(mode);
    }
  });

  it("gets access for its owner only if it was open and has the server's own files", async () => {
    await mkdir(join(parent(), "another"));
    for (const name of ["refresh-token-pepper", "signing-key.pem.9b2d", "sessions.json"]) {
      await writeFile(join(parent(), name), "");
      await chmod(parent(), 0o755);
      await dataFolder({ ECOBEAT_DATA_DIR: parent() });
      expect(await mode(parent())).to.equal(0o700);
      await rm(join(parent(), name));
    }
  });

  it("is no symbolic link to nowhere: the error says so", async () => {
    const link = join(parent(), "link");
    await symlink("nowhere/at/all", link);
    for (const folder of [link, join(link, "below")]) {
      const error = await refusal(folder);
      expect(error).to.be.instanceOf(ConfigurationError);
      expect(error.message).to.contain(folder).and.contain("ENOENT");
    }
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
