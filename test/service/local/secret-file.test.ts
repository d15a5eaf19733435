import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ConfigurationError } from "../../../service/config.ts";
import { fileSigningKey } from "../../../service/local/file-signing-key.ts";
import { secretFile } from "../../../service/local/secret-file.ts";
import { startServer } from "./server-process.ts";

describe("A secret in a file", () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ecobeat-secret-"));
    path = join(folder, "secret");
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("is made once, whole, whoever asks at the same time, and readable by its owner alone", async () => {
    let made = 0;
    const read = () =>
      secretFile(path, { create: () => `${++made}`.padEnd(100_000, "x"), parse: (text) => text });
    const texts = await Promise.all(Array.from({ length: 50 }, read));
    expect(new Set(texts)).to.have.property("size", 1);
    expect(texts[0]).to.have.length(100_000);
    expect(await readdir(folder)).to.deep.equal(["secret"]);
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
  });

  it("is refused with what to do if it is not what it should be, or cannot be read", async () => {
    const refusal = (path: string) => fileSigningKey(path).catch((error) => error);
    for (const content of ["", "-----BEGIN PRIVATE KEY-----\nMIIE"]) {
      await writeFile(path, content);
      const error = await refusal(path);
      expect(error).to.be.instanceOf(ConfigurationError);
      expect(error.message).to.contain(path).and.contain("Delete it");
    }
    const directory = join(folder, "directory");
    await mkdir(directory);
    expect(await refusal(directory)).to.be.instanceOf(ConfigurationError);
  });

  for (const name of ["signing-key.pem", "refresh-token-pepper"]) {
    for (const content of ["", "junk"]) {
      it(`ends the start without a stack if ${name} is ${content || "empty"}`, async () => {
        await writeFile(join(folder, name), content);
        const { code, output } = await startServer(folder).ended;
        expect(code, output).to.equal(1);
        expect(output).to.contain(name).and.contain("Delete it").and.not.contain("    at ");
      });
    }
  }
});
