import { expect } from "chai";
import { measureArchive } from "../../bench/archive-size.ts";
import { functionEnvironment } from "../../bench/function-environment.ts";
import { readMetafile, UnzippedArchive } from "./unzipped-archive.ts";

const advice =
  "Import what few requests need where they need it, or replace what is not used of a package in scripts/build/lighter-packages.ts. " +
  "If every login needs it, raise the limit.";

/**
 * What each process reads before its first login, whether it runs or not: `test/bundle/initialization.test.ts` holds that the login
 * itself reads nothing more. A little above today's figures.
 */
const limits = {
  "index.js": { bytes: 340_000, modules: 155 },
  "auth.mjs": { bytes: 2_170_000, modules: 790 },
  "api.mjs": { bytes: 2_170_000, modules: 790 },
};

describe("The archive", () => {
  const archive = new UnzippedArchive("service");

  for (const [file, limit] of Object.entries(limits)) {
    it(`has a cold start of ${file} that reads no more than it must`, async () => {
      const { outputs } = await readMetafile("service");
      const expression = `(async () => {
        await import("./${file}");
        return Object.values(require.cache).map(({ filename }) => require("path").basename(filename));
      })()`;
      const { result } = await archive.evaluate(expression, {
        ...functionEnvironment("nowhere", "http://127.0.0.1:9"),
        AWS_LAMBDA_INITIALIZATION_TYPE: "provisioned-concurrency",
      });
      const sizes = await archive.readSizes();
      const read = (result as string[]).filter((name) => outputs[`bundle/${name}`]);
      const bytes = read.reduce((sum, name) => sum + sizes[name]!, 0);
      const modules = read.reduce((sum, name) => sum + Object.keys(outputs[`bundle/${name}`]!.inputs).length, 0);
      expect(bytes, `bytes. ${advice}`).to.be.within(limit.bytes * 0.9, limit.bytes);
      expect(modules, `modules. ${advice}`).to.be.within(limit.modules * 0.9, limit.modules);
    });
  }

  it("is not larger than it must be", async () => {
    const { zippedBytes, limitBytes } = await measureArchive();
    expect(zippedBytes, `bytes without argon2's binary. ${advice}`).to.be.within(limitBytes * 0.9, limitBytes);
  });
});
