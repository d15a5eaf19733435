import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { ConfigurationError } from "../../../service/config.ts";
import { fileSigningKey } from "../../../service/local/file-signing-key.ts";
import { secretFile } from "../../../service/local/secret-file.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { startServer } from "./server-process.ts";

describe("A secret in a file", () => {
  const folder = useTemporaryFolder();
  const secret = () => join(folder(), "secret");

  it("is created once by 50 concurrent readers, and only its owner can read it", async () => {
    let made = 0;
    const read = () =>
      secretFile(secret(), { create: () => `${++made}`.padEnd(100_000, "x"), parse: (text) => text });
    const texts = await Promise.all(Array.from({ length: 50 }, read));
    expect(new Set(texts)).to.have.property("size", 1);
    expect(texts[0]).to.have.length(100_000);
    expect(await readdir(folder())).to.deep.equal(["secret"]);
    expect((await stat(secret())).mode & 0o777).to.equal(0o600);
  });

  it("must be valid and readable: the error says what to do", async () => {
    const refusal = (path: string) => fileSigningKey(path).catch((error) => error);
    for (const content of ["", "-----BEGIN PRIVATE KEY-----\nMIIE"]) {
      await writeFile(secret(), content);
      const error = await refusal(secret());
      expect(error).to.be.instanceOf(ConfigurationError);
      expect(error.message).to.contain(secret()).and.contain("Delete it");
    }
    const directory = join(folder(), "directory");
    await mkdir(directory);
    expect(await refusal(directory)).to.be.instanceOf(ConfigurationError);
  });

  for (const name of ["signing-key.pem", "refresh-token-pepper"]) {
    for (const content of ["", "junk"]) {
      it(`ends the start without a stack if ${name} is ${content || "empty"}`, async () => {
        await writeFile(join(folder(), name), content);
        const { code, output } = await startServer(folder()).ended;
        expect(code, output).to.equal(1);
        expect(output).to.contain(name).and.contain("Delete it").and.not.contain("    at ");
      });
    }
  }
});
