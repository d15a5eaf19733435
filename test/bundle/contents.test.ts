import { expect } from "chai";
import { repositoryRoot } from "../../scripts/build/archive.ts";
import { bundleForLambda } from "../../scripts/build/bundle.ts";
import { findDisallowedInputs, runtimePackages } from "./dependency-closure.ts";
import { readMetafile } from "./unzipped-archive.ts";

describe("The bundle's contents", () => {
  it("are the service and its dependencies, and nothing of development", async () => {
    const metafile = await readMetafile("service");
    expect(findDisallowedInputs(metafile)).to.deep.equal([]);
    const files = Object.keys(metafile.outputs);
    expect(files).to.include("bundle/index.js");
    for (const name of files) expect(name).to.match(/^bundle\/[\w-]+\.(js|json)$/);
  });

  it("exclude what only backups need: those have their own archive", async () => {
    const packagesIn = async (archive: "service" | "backups") => Object.keys((await readMetafile(archive)).inputs);
    const isForBackups = (path: string) => path.includes("/@aws-sdk/client-s3/") || path.startsWith("scripts/");
    expect((await packagesIn("service")).filter(isForBackups)).to.deep.equal([]);
    expect((await packagesIn("backups")).filter(isForBackups)).not.to.deep.equal([]);
  });

  it("of the archive of backups are its sources, those of the service, and nothing of development", async () => {
    const metafile = await readMetafile("backups");
    // Messages of errors, which operators read.
    const own = /^(service\/(?!local\/)|service\/local\/aws-errors\.ts|scripts\/(aws|backup|cli)\/)/;
    expect(findDisallowedInputs(metafile, own)).to.deep.equal([]);
    const packages = Object.keys(metafile.inputs);
    for (const unused of ["express", "argon2", "@redis/client"]) {
      expect(packages.filter((path) => path.startsWith(`node_modules/${unused}/`))).to.deep.equal([]);
    }
  });

  it("of the archive of mails are its sources, and nothing of development", async () => {
    const metafile = await readMetafile("accounts");
    expect(findDisallowedInputs(metafile)).to.deep.equal([]);
    const packages = Object.keys(metafile.inputs);
    for (const unused of ["express", "argon2"]) {
      expect(packages.filter((path) => path.startsWith(`node_modules/${unused}/`))).to.deep.equal([]);
    }
  });

  it("of the archive of the pre-traffic hook are its sources, and nothing of development", async () => {
    const metafile = await readMetafile("preTraffic");
    const own =
      /^(service\/(?!local\/)|scripts\/(release\/(pre-traffic\/|smoke-test|app-spec\.ts)|aws\/|cli\/errors\.ts)|stacks\/names\.ts)/;
    expect(findDisallowedInputs(metafile, own)).to.deep.equal([]);
    const packages = Object.keys(metafile.inputs);
    for (const unused of ["express", "argon2", "@redis/client", "mongodb"]) {
      expect(packages.filter((path) => path.startsWith(`node_modules/${unused}/`))).to.deep.equal([]);
    }
  });

  it("detect a development dependency", async () => {
    const entry = "service/local/embedded-database.ts";
    const found = findDisallowedInputs((await bundleForLambda(repositoryRoot, entry)).metafile);
    expect(found).to.include(entry);
    expect(found.some((path) => path.startsWith("node_modules/@jkershaw/mangodb/"))).to.equal(true);
  });

  it("detect what only the infrastructure needs", () => {
    const allowed = runtimePackages();
    expect(allowed).to.include("node_modules/express").and.include("node_modules/mongodb");
    for (const name of ["cdktf", "constructs", "esbuild", "tsx", "mocha"]) {
      expect(allowed).not.to.include(`node_modules/${name}`);
    }
  });

  it("hold each package once, as ES modules or as CommonJS", async () => {
    const metafile = await readMetafile("service");
    const kinds = new Map<string, Set<string>>();
    for (const path of Object.keys(metafile.inputs)) {
      const kind = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\/(dist-cjs|dist-es|lib|esm|cjs)\//.exec(path);
      if (kind) kinds.set(kind[1]!, (kinds.get(kind[1]!) ?? new Set()).add(kind[2]!));
    }
    const twice = [...kinds].filter(([, found]) => found.has("dist-cjs") && found.has("dist-es"));
    expect(twice).to.deep.equal([]);
  });
});
