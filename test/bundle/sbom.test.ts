import { readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Ajv } from "ajv";
import { expect } from "chai";
import type { Metafile } from "esbuild";
import { repositoryRoot } from "../../scripts/build/archive.ts";
import {
  createSbom,
  findPackageFolder,
  findUnlocked,
  type Lockfile,
  type Sbom,
  sbomFile,
} from "../../scripts/build/sbom.ts";
import { expectCode } from "../support/errors.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";
import { readMetafile, UnzippedArchive } from "./unzipped-archive.ts";

const schemas = join(repositoryRoot, "node_modules/@cyclonedx/cyclonedx-library/res/schema");
const readSchema = (file: string): object => JSON.parse(readFileSync(join(schemas, file), "utf8"));

const ajv = new Ajv({ strict: false, validateFormats: false });
for (const file of ["spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json"]) {
  ajv.addSchema(readSchema(file), `http://cyclonedx.org/schema/${file}`);
}
const validate = ajv.compile(readSchema("bom-1.6.SNAPSHOT.schema.json"));

const lockfile = JSON.parse(readFileSync(join(repositoryRoot, "package-lock.json"), "utf8")) as Lockfile;

describe("The bill of materials", () => {
  for (const name of ["service", "accounts", "backups", "preTraffic"] as const) {
    describe(`in the archive ${name}`, () => {
      const archive = new UnzippedArchive(name);
      let sbom: Sbom;
      before(async () => {
        sbom = JSON.parse(await readFile(join(archive.folder, sbomFile), "utf8"));
      });

      it("follows CycloneDX's schema, and has no time", () => {
        expect(validate(sbom), JSON.stringify(validate.errors)).to.equal(true);
        expect(sbom.metadata).to.not.have.property("timestamp");
        expect(sbom).to.not.have.property("serialNumber");
      });

      it("has one component for each file of a package that is in it, and no other", async () => {
        const { inputs } = await readMetafile(name);
        const folders = Object.keys(inputs).flatMap((file) => findPackageFolder(file) ?? []);
        const locations = sbom.components.flatMap(({ evidence }) => evidence.occurrences.map((one) => one.location));
        expect(locations).to.have.members([...new Set(folders)]);
        const refs = sbom.components.map((component) => component["bom-ref"]);
        expect(new Set(refs).size).to.equal(refs.length);
      });

      it("names what the lockfile names, and who imports whom", () => {
        expect(findUnlocked(sbom, lockfile)).to.deep.equal([]);
        const refs = new Set(sbom.components.map((component) => component["bom-ref"]));
        const reached = new Set(sbom.dependencies.flatMap(({ dependsOn }) => dependsOn));
        expect(refs).to.deep.equal(reached);
      });
    });
  }

  it("contains argon2 with its binary", async () => {
    const file = "node_modules/argon2/prebuilds/linux-x64/argon2.glibc.node";
    const contents = await readFile(join(repositoryRoot, file));
    const { components } = await createSbom(repositoryRoot, "lambda", { inputs: {}, outputs: {} }, [
      { file, contents },
    ]);
    const [argon2, ...others] = components;
    expect(others).to.deep.equal([]);
    expect(argon2).to.deep.include({ name: "argon2", scope: "required" });
    expect(argon2!.components).to.have.nested.property("[0].name", "prebuilds/linux-x64/argon2.glibc.node");
    expect(argon2!.components![0]!.hashes[0]!.content).to.match(/^[0-9a-f]{64}$/);
  });

  describe("of packages that a test has planted", () => {
    const folder = useTemporaryFolder();

    /** Writes files with JSON below the temporary folder. */
    const plant = async (files: Readonly<Record<string, object>>) => {
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(folder(), path)), { recursive: true });
        await writeFile(join(folder(), path), JSON.stringify(content));
      }
    };
    const integrity = `sha512-${Buffer.alloc(64, 7).toString("base64")}`;
    const packages = {
      "": { version: "1.2.3" },
      "node_modules/one": { version: "1.0.0", integrity, license: "MIT" },
      "node_modules/@scope/two": { version: "2.0.0", integrity, license: "(MIT OR Apache-2.0)" },
      "node_modules/one/node_modules/@scope/two": { version: "2.0.0", integrity, license: "(MIT OR Apache-2.0)" },
      "node_modules/alias": { name: "three", version: "3.0.0", integrity, license: "Public Domain" },
    };
    const plantAll = () =>
      plant({
        "package-lock.json": { packages },
        ...Object.fromEntries(
          Object.entries(packages).map(([path, { version }]) => [join(path, "package.json"), { version }]),
        ),
      });
    const toInput = (...imports: string[]) => ({
      bytes: 1,
      imports: imports.map((path) => ({ path, kind: "import-statement" as const })),
    });
    const metafile: Metafile = {
      inputs: {
        "service/index.ts": toInput("node_modules/one/a.js", "node_modules/alias/index.js"),
        "node_modules/one/a.js": toInput("node_modules/one/b.js", "node_modules/one/node_modules/@scope/two/x.js"),
        "node_modules/one/b.js": toInput("node_modules/@scope/two/x.js", "service/index.ts"),
        "node_modules/@scope/two/x.js": toInput(),
        "node_modules/one/node_modules/@scope/two/x.js": toInput(),
        "node_modules/alias/index.js": toInput(),
      },
      outputs: {
        "index.js": {
          bytes: 9,
          exports: [],
          imports: [],
          inputs: {
            "node_modules/one/b.js": { bytesInOutput: 9 },
            "node_modules/alias/index.js": { bytesInOutput: 0 },
          },
        },
      },
    };

    it("has each once, with its folders, licence, checksum and imports", async () => {
      await plantAll();
      const sbom = await createSbom(folder(), "planted", metafile);
      expect(validate(sbom), JSON.stringify(validate.errors)).to.equal(true);
      const [two, one, three] = sbom.components;
      expect(one).to.deep.equal({
        type: "library",
        "bom-ref": "pkg:npm/one@1.0.0",
        name: "one",
        version: "1.0.0",
        scope: "required",
        hashes: [{ alg: "SHA-512", content: "07".repeat(64) }],
        licenses: [{ license: { id: "MIT" } }],
        purl: "pkg:npm/one@1.0.0",
        evidence: { occurrences: [{ location: "node_modules/one" }] },
      });
      expect(two).to.deep.include({ group: "@scope", name: "two", purl: "pkg:npm/%40scope/two@2.0.0" });
      expect(two!.evidence.occurrences).to.have.length(2);
      expect(three).to.deep.include({ name: "three", scope: "excluded" });
      expect(sbom.dependencies).to.deep.equal([
        { ref: "pkg:npm/%40scope/two@2.0.0", dependsOn: [] },
        { ref: "pkg:npm/one@1.0.0", dependsOn: ["pkg:npm/%40scope/two@2.0.0"] },
        { ref: "pkg:npm/three@3.0.0", dependsOn: [] },
        { ref: "planted", dependsOn: ["pkg:npm/one@1.0.0", "pkg:npm/three@3.0.0"] },
      ]);
      expect(findUnlocked(sbom, { packages })).to.deep.equal([]);
    });

    it("is refused for a package that the lockfile does not have, or has in another version", async () => {
      await plantAll();
      await plant({
        "node_modules/one/package.json": { version: "1.0.1" },
        "package-lock.json": { packages: { ...packages, "node_modules/alias": undefined } },
      });
      const error = await expectCode("package-not-locked", () => createSbom(folder(), "planted", metafile));
      expect(error.message)
        .to.include("node_modules/alias is not in package-lock.json")
        .and.include("node_modules/one is 1.0.1, and 1.0.0 is locked");
    });

    for (const [fault, changed] of [
      ["no such package", { "node_modules/one": undefined }],
      [
        "the lockfile has pkg:npm/one@1.0.2",
        { "node_modules/one": { ...packages["node_modules/one"], version: "1.0.2" } },
      ],
      [
        "the lockfile has pkg:npm/other@1.0.0",
        { "node_modules/one": { ...packages["node_modules/one"], name: "other" } },
      ],
      ["its checksum differs", { "node_modules/one": { ...packages["node_modules/one"], integrity: "sha512-AAAA" } }],
    ] as const) {
      it(`differs from a lockfile of another commit: ${fault}`, async () => {
        await plantAll();
        const other = { packages: { ...packages, ...changed } } as unknown as Lockfile;
        const found = findUnlocked(await createSbom(folder(), "planted", metafile), other);
        expect(found).to.have.length(1);
        expect(found[0]).to.include("pkg:npm/one@1.0.0 at node_modules/one").and.include(fault);
      });
    }
  });
});
