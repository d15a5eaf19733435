import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { build } from "esbuild";
import { keepArchives, withBuiltArchives } from "../../scripts/build/kept-archives.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";
import { setVariables } from "../support/variables.ts";

/** A repository of few files. `optional` and `@scope/optional` are packages that are not installed. */
const sources: Record<string, string> = {
  "service/entry.ts": [
    'import { greeting } from "./greeting.ts";',
    'import first from "first";',
    'import second from "@scope/second";',
    "console.log(greeting, first, second);",
    'try { console.log(require("optional")); } catch {}',
    'try { console.log(require("@scope/optional")); } catch {}',
  ].join("\n"),
  "service/greeting.ts": 'export const greeting = "hello";',
  "node_modules/first/package.json": '{ "name": "first", "main": "lib" }',
  "node_modules/first/lib/index.js": 'module.exports = "first " + require("./deep") + require("third");',
  "node_modules/first/lib/deep/index.js": 'module.exports = "deep";',
  "node_modules/first/other.js": 'module.exports = "other";',
  "node_modules/first/node_modules/fourth/index.js": "",
  "node_modules/third/index.js": 'module.exports = "third";',
  "node_modules/@scope/second/index.js": 'module.exports = "second";',
  "node_modules/.package-lock.json": "{}",
  "scripts/build/bundle.ts": "",
  "package.json": "{}",
  "package-lock.json": "{}",
  "tsconfig.json": '{ "compilerOptions": { "strict": true } }',
};

describe("Kept archives", () => {
  const folder = useTemporaryFolder();
  const root = () => join(folder(), "repository");
  const record = () => join(root(), ".cache", "archives.json");
  let builds: number;

  /** Changes a file, and waits until the clock of the file system has moved on. */
  async function write(path: string, text: string): Promise<void> {
    const file = join(root(), path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    await delay(20);
  }

  /** Builds an archive that is the bundle. */
  async function buildArchive() {
    const number = ++builds;
    const { outputFiles, metafile } = await build({
      absWorkingDir: root(),
      entryPoints: ["service/entry.ts"],
      bundle: true,
      preserveSymlinks: true,
      platform: "node",
      outdir: "bundle",
      write: false,
      metafile: true,
      logLevel: "silent",
    });
    const { contents } = outputFiles[0]!;
    const path = join(root(), "dist", "function.zip");
    await mkdir(dirname(path), { recursive: true });
    // As a whole, like the builds of the archives: another one may be reading it.
    await writeFile(`${path}.${number}`, contents);
    await rename(`${path}.${number}`, path);
    return {
      archive: {
        path,
        sha256: createHash("sha256").update(contents).digest("base64"),
        sizeBytes: contents.length,
        fileSizes: {},
        metafile,
        inputs: [...Object.keys(metafile.inputs), "scripts/build/bundle.ts"],
      },
    };
  }

  /** @returns the archive's code, and whether it was built */
  async function get({ settings = "arm64", build = buildArchive } = {}): Promise<{ code: string; isBuilt: boolean }> {
    const before = builds;
    const { archive } = await keepArchives(root(), settings, build);
    const code = await readFile(archive.path, "utf8");
    expect(archive.sha256).to.equal(createHash("sha256").update(code).digest("base64"));
    return { code, isBuilt: builds > before };
  }

  const expectKept = async (code: string) => expect(await get()).to.deep.equal({ code, isBuilt: false });

  beforeEach(async () => {
    builds = 0;
    for (const [path, text] of Object.entries(sources)) {
      await mkdir(dirname(join(root(), path)), { recursive: true });
      await writeFile(join(root(), path), text);
    }
    await delay(20);
  });

  it("are the bytes of the last build", async () => {
    const { code, isBuilt } = await get();
    expect(isBuilt).to.equal(true);
    expect(code).to.include("hello").and.include("first ").and.include("second").and.include("third");
    await expectKept(code);
  });

  it("do not depend on times, the folder's name, or what other commands leave in it", async () => {
    const { code } = await get();
    await utimes(join(root(), "service/entry.ts"), 0, 0);
    for (const name of ["cdktf.out", ".data"]) await mkdir(join(root(), name));
    await rename(root(), join(folder(), "moved"));
    const { archive } = await keepArchives(join(folder(), "moved"), "arm64", buildArchive);
    expect(archive.path).to.equal(join(folder(), "moved", "dist", "function.zip"));
    expect(await readFile(archive.path, "utf8")).to.equal(code);
    expect(builds).to.equal(1);
  });

  describe("are built again after", () => {
    /** Changes that make another archive. */
    const effective: Record<string, () => Promise<unknown>> = {
      "a change of a source": () => write("service/greeting.ts", 'export const greeting = "good evening";'),
      "a change of a source that keeps its size and time": async () => {
        const file = join(root(), "service/greeting.ts");
        const { atime, mtime } = await stat(file);
        await write("service/greeting.ts", sources["service/greeting.ts"]!.replace("hello", "HELLO"));
        await utimes(file, atime, mtime);
        await delay(20);
      },
      "another file under the name of a source": async () => {
        await write("service/other.ts", 'export const greeting = "other";');
        await rename(join(root(), "service/other.ts"), join(root(), "service/greeting.ts"));
        await delay(20);
      },
      "a change in a package": () => write("node_modules/third/index.js", 'module.exports = "changed";'),
      "another entry of a package": () =>
        write("node_modules/first/package.json", '{ "name": "first", "main": "other.js" }'),
      "a file before a folder of a package": () =>
        write("node_modules/first/lib/deep.js", 'module.exports = "shadow";'),
      "a package.json in a folder of a package": () =>
        write("node_modules/first/lib/deep/package.json", '{ "main": "../../other.js" }'),
      "a package.json where a package had none": () =>
        write("node_modules/third/package.json", '{ "main": "../first/other.js" }'),
      "a package nearer to its user": () => write("service/node_modules/first/index.js", 'module.exports = "nearer";'),
      "a package beside one that its user has": () =>
        write("node_modules/first/node_modules/third/index.js", 'module.exports = "nearer";'),
      "a package that was missing": () => write("node_modules/optional/index.js", 'module.exports = "installed";'),
      "a package of a scope that was missing": () =>
        write("node_modules/@scope/optional/index.js", 'module.exports = "installed";'),
      "a package above the repository": () => write("../node_modules/optional/index.js", 'module.exports = "outside";'),
      "a path in tsconfig.json": () =>
        write("tsconfig.json", '{ "compilerOptions": { "paths": { "first": ["./node_modules/first/other.js"] } } }'),
      "a tsconfig.json nearer to a source": () =>
        write(
          "service/tsconfig.json",
          '{ "compilerOptions": { "paths": { "first": ["../node_modules/first/other.js"] } } }',
        ),
    };
    /** Changes after which this build makes the same archive, and another might not. */
    const possible: Record<string, () => Promise<unknown>> = {
      "a new source": () => write("service/new.ts", ""),
      "package.json": () => write("package.json", '{ "version": "2.0.0" }'),
      "package-lock.json": () => write("package-lock.json", '{ "lockfileVersion": 3 }'),
      "another installation": () => write("node_modules/.package-lock.json", '{ "lockfileVersion": 3 }'),
      "a base of tsconfig.json": () => write("tsconfig.base.json", "{}"),
      "a change of the build": () => write("scripts/build/bundle.ts", "export {};"),
      "a new file of the build": () => write("scripts/build/new.ts", ""),
    };
    for (const [name, change] of Object.entries({ ...effective, ...possible })) {
      it(name, async () => {
        const { code } = await get();
        await expectKept(code);
        await change();
        const changed = await get();
        expect(changed.isBuilt).to.equal(true);
        if (effective[name]) expect(changed.code).to.not.equal(code);
        await expectKept(changed.code);
      });
    }

    it("a change of its settings", async () => {
      await get();
      expect(await get({ settings: "x64" })).to.include({ isBuilt: true });
      expect(await get({ settings: "x64" })).to.include({ isBuilt: false });
      expect(await get()).to.include({ isBuilt: true });
    });

    it("a source has another name", async () => {
      await get();
      await rename(join(root(), "service/greeting.ts"), join(root(), "service/welcome.ts"));
      const failure = await get().catch((error: unknown) => error);
      expect(failure).to.be.an("error").with.property("message").that.includes("./greeting.ts");
      await write("service/entry.ts", sources["service/entry.ts"]!.replace("./greeting.ts", "./welcome.ts"));
      expect(await get()).to.include({ isBuilt: true });
    });

    it("damage of an archive", async () => {
      const { code } = await get();
      const path = join(root(), "dist/function.zip");
      for (const damage of [
        () => writeFile(path, code.slice(0, code.length / 2)),
        () => writeFile(path, code.replace("hello", "jello")),
        () => writeFile(path, ""),
        () => rm(path),
      ]) {
        await damage();
        expect(await get()).to.deep.equal({ code, isBuilt: true });
        await expectKept(code);
      }
    });

    it("damage of what is noted about it", async () => {
      const { code } = await get();
      const text = await readFile(record(), "utf8");
      const damaged = ["", "{}", "null", "[]", text.slice(0, text.length / 2), text.slice(0, -1), `${text}}`];
      for (const part of ["key", "service/greeting.ts", "dist/function.zip", "archive", "sha256"]) {
        damaged.push(text.replace(part, `${part.slice(0, -1)}_`));
      }
      // Without an input, its change would not be noticed.
      damaged.push(text.replace('"service/greeting.ts"', '"service/entry.ts"'));
      expect(damaged.filter((each) => each === text)).to.deep.equal([]);
      for (const each of damaged) {
        await writeFile(record(), each);
        expect(await get(), each).to.deep.equal({ code, isBuilt: true });
        await expectKept(code);
      }
    });

    it("a change while it was built", async () => {
      const buildDuringChange = async () => {
        const built = await buildArchive();
        await write("service/greeting.ts", 'export const greeting = "later";');
        return built;
      };
      expect((await get({ build: buildDuringChange })).code).to.include("hello");
      const { code, isBuilt } = await get();
      expect(isBuilt).to.equal(true);
      expect(code).to.include("later");
      await expectKept(code);
    });

    it("a change after what builds was loaded, and before it builds", async () => {
      const loadedAt = Date.now();
      await delay(20);
      await write("scripts/build/bundle.ts", "export {};");
      for (let run = 0; run < 2; run++) {
        const before = builds;
        await keepArchives(root(), "arm64", buildArchive, loadedAt);
        expect(builds).to.equal(before + 1);
      }
      await keepArchives(root(), "arm64", buildArchive, Date.now());
      await expectKept((await get()).code);
    });

    it("a build that failed or was interrupted", async () => {
      await get();
      await write("service/greeting.ts", 'export const greeting = "later";');
      const fail = async (): Promise<never> => {
        await buildArchive();
        throw new Error("interrupted");
      };
      expect(await get({ build: fail }).catch((error: unknown) => error)).to.have.property("message", "interrupted");
      await write("service/greeting.ts", sources["service/greeting.ts"]!);
      const { code, isBuilt } = await get();
      expect(isBuilt).to.equal(true);
      expect(code).to.include("hello");
    });
  });

  it("are those of one of two builds at a time", async () => {
    const [one, other] = await Promise.all([get(), get()]);
    expect(one.code).to.equal(other!.code);
    await expectKept(one.code);
  });

  it("do not need a folder that can be written", async () => {
    for (const path of [".cache", ".cache/archives.json"]) {
      await rm(join(root(), ".cache"), { recursive: true, force: true });
      if (path === ".cache") await writeFile(join(root(), path), "");
      else await mkdir(join(root(), path), { recursive: true });
      for (let run = 0; run < 2; run++) expect(await get(), path).to.include({ isBuilt: true });
    }
  });

  it("are one set, however often they change", async () => {
    for (let run = 0; run < 5; run++) {
      await write("service/greeting.ts", `export const greeting = "${run}";`);
      await get();
    }
    expect(await readdir(join(root(), ".cache"))).to.deep.equal(["archives.json"]);
    expect(await readdir(join(root(), "dist"))).to.deep.equal(["function.zip"]);
  });

  it("are not used for a deployment, or where a variable redirects esbuild", async () => {
    await get();
    for (const variables of [withBuiltArchives, { NODE_PATH: folder() }] as Record<string, string>[]) {
      const restore = setVariables(variables);
      try {
        expect(await get(), Object.keys(variables)[0]).to.include({ isBuilt: true });
      } finally {
        restore();
      }
    }
    expect(await get()).to.include({ isBuilt: false });
  });

  it("refuse another value of the variable, which would not build for a deployment", async () => {
    const restore = setVariables({ ECOBEAT_ARCHIVES: "Build" });
    try {
      expect(await get().catch(({ code }) => code)).to.equal("archives-variable-unknown");
    } finally {
      restore();
    }
  });
});
