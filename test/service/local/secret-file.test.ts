import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { ConfigurationError } from "../../../service/config.ts";
import { filePepper } from "../../../service/local/file-pepper.ts";
import { fileSigningKey } from "../../../service/local/file-signing-key.ts";
import { secretFile } from "../../../service/local/secret-file.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";

describe("A secret in a file", () => {
  const folder = useTemporaryFolder();
  const secret = () => join(folder(), "secret");

  it("is created once by 50 concurrent readers, and only its owner can read it", async () => {
    let made = 0;
    const read = () => secretFile(secret(), { create: () => `${++made}`.padEnd(100_000, "x"), parse: (text) => text });
    const texts = await Promise.all(Array.from({ length: 50 }, read));
    expect(new Set(texts)).to.have.property("size", 1);
    expect(texts[0]).to.have.length(100_000);
    expect(await readdir(folder())).to.deep.equal(["secret"]);
    expect((await stat(secret())).mode & 0o777).to.equal(0o600);
  });

  for (const read of [fileSigningKey, filePepper]) {
    it(`must be valid and readable for ${read.name}: the error says what to do`, async () => {
      const expectRefusal = async (path: string) => {
        const error = await read(path).catch((error) => error);
        expect(error).to.be.instanceOf(ConfigurationError);
        expect(error.message).to.contain(path).and.contain("Delete it");
      };
      for (const content of ["", "junk", "-----BEGIN PRIVATE KEY-----\nMIIE"]) {
        await writeFile(secret(), content);
        await expectRefusal(secret());
      }
      await expectRefusal(folder());
    });
  }
});
