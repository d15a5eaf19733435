import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { repositoryRoot } from "../../scripts/build/archive.ts";
import { findRequiredGlibc, lambdaGlibc, readArgon2Binary } from "../../scripts/build/native-binary.ts";
import { expectCode } from "../support/errors.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

describe("argon2's binary", () => {
  for (const architecture of ["arm64", "x64"] as const) {
    it(`for ${architecture} runs on Lambda's glibc`, async () => {
      const { path, contents } = await readArgon2Binary(repositoryRoot, architecture);
      expect(path).to.match(new RegExp(`^prebuilds/linux-${architecture}/argon2\\..*glibc\\.node$`));
      expect(findRequiredGlibc(contents)).to.equal(lambdaGlibc);
    });
  }

  describe("is rejected", () => {
    const root = useTemporaryFolder();
    const put = async (contents: Uint8Array) => {
      const path = join(root(), "node_modules/argon2/prebuilds/linux-x64/argon2.glibc.node");
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, contents);
    };

    it("if it is missing", async () => {
      const { message } = await expectCode("argon2-binary-missing", () => readArgon2Binary(root(), "x64"));
      expect(message).to.include("node_modules/argon2/prebuilds/linux-x64/argon2.glibc.node");
    });

    it("if it needs a newer glibc", async () => {
      const { contents } = await readArgon2Binary(repositoryRoot, "x64");
      const newer = Buffer.from(contents).toString("latin1").replace("\0GLIBC_2.34\0", "\0GLIBC_2.38\0");
      await put(Buffer.from(newer, "latin1"));
      const { message } = await expectCode("argon2-binary-incompatible", () => readArgon2Binary(root(), "x64"));
      expect(message).to.include("needs glibc 2.38");
    });

    it("if it is another file", async () => {
      await put(await readFile(import.meta.filename));
      await expectCode("argon2-binary-incompatible", () => readArgon2Binary(root(), "x64"));
    });
  });

  it("is compared by number, not as text", () => {
    const names = (...versions: string[]) =>
      Buffer.from(`\0${versions.map((version) => `GLIBC_${version}`).join("\0")}\0`);
    expect(findRequiredGlibc(names("2.9", "2.34", "2.4", "2.2.5"))).to.equal("2.34");
    expect(findRequiredGlibc(names("2.34", "2.100"))).to.equal("2.100");
  });
});
