import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect } from "chai";
import { build } from "esbuild";
import { MongoServerSelectionError } from "mongodb";
import { bundleOptions } from "../../../scripts/build/bundle.ts";
import { UnavailableError, withTimeout } from "../../../service/platform/deadline.ts";
import { fingerprint } from "../../../service/platform/fingerprint.ts";
import { jsonLogger } from "../../../service/platform/logging.ts";
import { newPerson, startService } from "../../support/service.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";

/** What is thrown. */
function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

function readName(person: { name?: string } | undefined): number {
  return person!.name!.length;
}

const kinds: Record<string, () => unknown> = {
  "no person": () => readName(undefined),
  "no name, which is the same mistake": () => readName({}),
  "another function": function checkName() {
    throw new TypeError(`${randomUUID()} has no name`);
  },
  "another error": function checkName() {
    throw new RangeError(`${randomUUID()} has no name`);
  },
  "another code": function checkName() {
    throw Object.assign(new TypeError(randomUUID()), { code: "ERR_NAME" });
  },
  "another cause": function checkName() {
    throw new TypeError(randomUUID(), { cause: new UnavailableError("x") });
  },
  "another library": function checkName() {
    throw new MongoServerSelectionError(randomUUID(), {} as never);
  },
};

const runForFingerprint = (kind: string): string => fingerprint(thrownBy(kinds[kind]!));

describe("An error's fingerprint", () => {
  it("is the same for a thousand errors of one kind, whatever their message", () => {
    for (const kind of Object.keys(kinds)) {
      const found = new Set(Array.from({ length: 1_000 }, () => runForFingerprint(kind)));
      expect([...found], kind).to.have.length(1);
    }
  });

  it("differs for another function, error, code, cause and library", () => {
    const found = Object.keys(kinds).map(runForFingerprint);
    expect(new Set(found).size).to.equal(found.length - 1);
    expect(runForFingerprint("no person")).to.equal(runForFingerprint("no name, which is the same mistake"));
  });

  it("differs by the caller and the dependency of a timeout", async () => {
    const never = new Promise<never>(() => {});
    const refresh = async (part: string) => await withTimeout(part, 1, never);
    const login = async () => await withTimeout("Redis", 1, never);
    const found = await Promise.all(
      [refresh("Redis"), refresh("Redis"), refresh("Database"), login()].map((waiting) => waiting.catch(fingerprint)),
    );
    expect(found[0]).to.equal(found[1]);
    expect(new Set(found).size).to.equal(3);
  });

  it("begins with the error's name, for readers of a list", () => {
    expect(runForFingerprint("no person")).to.match(/^TypeError-[\da-f]{12}$/);
    expect(runForFingerprint("another library")).to.match(/^MongoServerSelectionError-[\da-f]{12}$/);
  });

  it("contains no data of a request", () => {
    const error = Object.assign(new Error("x"), { name: "ann@example.com", code: "ann@example.com" });
    expect(fingerprint(error)).to.match(/^object-[\da-f]{12}$/);
  });

  it("does not take a message for a frame", () => {
    const withMessage = (message: string) =>
      fingerprint(
        thrownBy(function fail() {
          throw new Error(message);
        }),
      );
    expect(withMessage("x\n    at someone (/var/task/index.js:1:2)")).to.equal(withMessage("x"));
  });

  it("exists for any thrown value", () => {
    const circular = new Error("x");
    circular.cause = circular;
    const shortened = Object.assign(new Error("x"), { stack: undefined });
    for (const thrown of [undefined, null, "x", 7, {}, circular, shortened]) {
      expect(fingerprint(thrown)).to.match(/^\w+-[\da-f]{12}$/);
    }
    expect(fingerprint("one")).to.equal(fingerprint("other"));
  });
});

describe("An error's fingerprint in the bundle", () => {
  const folder = useTemporaryFolder();

  const source = `
    class Profiles {
      static async read(id) { return await find(id); }
    }
    async function find(id) {
      await null;
      throw new TypeError(id);
    }
    export const fail = () => Profiles.read("x").catch((error) => error);
  `;

  /** The fingerprint of the error of a program, as it is and as it is bundled. */
  async function fingerprintsOf(name: string, code: string): Promise<string[]> {
    const [path, outfile] = [join(folder(), `${name}.mjs`), join(folder(), `${name}.cjs`)];
    await writeFile(path, code);
    await build({ ...bundleOptions, entryPoints: [path], outfile, format: "cjs" });
    const programs = [await import(path), createRequire(import.meta.url)(outfile)];
    return Promise.all(programs.map(async ({ fail }) => fingerprint(await fail())));
  }

  it("is the same as here, and stays the same when other code of the same names is added", async () => {
    await writeFile(join(folder(), "other.mjs"), "export async function find() {} export class Profiles {}");
    const added = 'import * as other from "./other.mjs"; export const names = Object.values(other);';
    const fingerprints = [await fingerprintsOf("first", source), await fingerprintsOf("later", added + source)].flat();
    expect(new Set(fingerprints).size).to.equal(1);
    expect(await readFile(join(folder(), "later.cjs"), "utf8")).to.include("function find2(");
  });
});

describe("What the service logs of an error", () => {
  it("has the fingerprint only if it is an error", async () => {
    const service = await startService({
      sessions: async () => {
        throw new TypeError(randomUUID());
      },
    });
    for (let count = 0; count < 3; count++) {
      await service.send("POST", "/v1/auth/register", { body: newPerson() });
      await service.send("GET", "/v1/users/me");
    }
    await service.send("GET", "/health/ready");
    await service.stop();
    const errors = service.lines.filter(({ level, cause }) => level === "error" && cause);
    expect(errors).to.have.length(4);
    for (const line of errors) expect(line.fingerprint).to.match(/^TypeError-/);
    const ofRequests = errors.filter(({ message }) => message === "request");
    expect(ofRequests).to.have.length(3);
    expect(new Set(ofRequests.map((line) => line.fingerprint)).size).to.equal(1);
    for (const line of service.lines.filter((line) => !errors.includes(line))) {
      expect(line).to.not.have.property("fingerprint");
    }
  });

  it("is not counted as an error when it is a warning", () => {
    const lines: string[] = [];
    const log = jsonLogger((line) => lines.push(line));
    log.write("warn", "x", { cause: new Error("x") });
    expect(JSON.parse(lines[0]!)).to.include.keys("cause").and.not.include.keys("fingerprint");
  });
});
