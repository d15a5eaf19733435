import { expect } from "chai";
import { repositoryRoot } from "../../scripts/build/archive.ts";
import { bundleForLambda } from "../../scripts/build/bundle.ts";
import { entries } from "../../scripts/build/entries.ts";
import { findDisallowedInputs, runtimePackages } from "./dependency-closure.ts";

describe("The bundle's contents", () => {
  it("are the service and its dependencies, and nothing of development", async () => {
    const { metafile, files } = await bundleForLambda(repositoryRoot);
    expect(findDisallowedInputs(metafile)).to.deep.equal([]);
    expect(Object.keys(files)).to.include("index.js");
    for (const name of Object.keys(files)) expect(name).to.match(/^[\w-]+\.(js|json)$/);
  });

  it("exclude what only backups need: those have their own archive", async () => {
    const packagesIn = async (entry?: string) =>
      Object.keys((await bundleForLambda(repositoryRoot, entry)).metafile.inputs);
    const isForBackups = (path: string) => path.includes("/@aws-sdk/client-s3/") || path.startsWith("scripts/");
    expect((await packagesIn()).filter(isForBackups)).to.deep.equal([]);
    expect((await packagesIn(entries.backups)).filter(isForBackups)).not.to.deep.equal([]);
  });

  it("of the archive of backups are its sources, those of the service, and nothing of development", async () => {
    const { metafile } = await bundleForLambda(repositoryRoot, entries.backups);
    // Messages of errors, which operators read.
    const own = /^(service\/(?!local\/)|service\/local\/aws-errors\.ts|scripts\/(aws|backup|cli)\/)/;
    expect(findDisallowedInputs(metafile, own)).to.deep.equal([]);
    const packages = Object.keys(metafile.inputs);
    for (const unused of ["express", "argon2", "redis"]) {
      expect(packages.filter((path) => path.startsWith(`node_modules/${unused}/`))).to.deep.equal([]);
    }
  });

  it("of the archive of the pre-traffic hook are its sources, and nothing of development", async () => {
    const { metafile } = await bundleForLambda(repositoryRoot, entries.preTraffic);
    const own =
      /^(service\/(?!local\/)|scripts\/(release\/(pre-traffic\/|app-spec\.ts)|aws\/|cli\/errors\.ts)|stacks\/names\.ts)/;
    expect(findDisallowedInputs(metafile, own)).to.deep.equal([]);
    const packages = Object.keys(metafile.inputs);
    for (const unused of ["express", "argon2", "redis", "mongodb"]) {
      expect(packages.filter((path) => path.startsWith(`node_modules/${unused}/`))).to.deep.equal([]);
    }
  });

  it("detect a development dependency", async () => {
    const found = findDisallowedInputs((await bundleForLambda(repositoryRoot, "service/local/backends.ts")).metafile);
    expect(found).to.include("service/local/backends.ts");
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
    const { metafile } = await bundleForLambda(repositoryRoot);
    const kinds = new Map<string, Set<string>>();
    for (const path of Object.keys(metafile.inputs)) {
      const kind = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\/(dist-cjs|dist-es|lib|esm|cjs)\//.exec(path);
      if (kind) kinds.set(kind[1]!, (kinds.get(kind[1]!) ?? new Set()).add(kind[2]!));
    }
    const twice = [...kinds].filter(([, found]) => found.has("dist-cjs") && found.has("dist-es"));
    expect(twice).to.deep.equal([]);
  });
});
