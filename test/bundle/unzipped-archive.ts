import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Metafile } from "esbuild";
import { unzipSync } from "fflate";
import {
  buildAccountsArchive,
  buildBackupArchive,
  buildLambdaArchive,
  buildPreTrafficArchive,
} from "../../scripts/build/archive.ts";
import type { Architecture } from "../../scripts/build/native-binary.ts";
import { shareFolder } from "../support/shared-folder.ts";

/** Builds of `scripts/build/archive.ts`. */
const builds = {
  service: () => buildLambdaArchive(process.arch as Architecture),
  accounts: buildAccountsArchive,
  backups: buildBackupArchive,
  preTraffic: buildPreTrafficArchive,
};

const archiveFile = "archive.zip";
const metafileFile = "metafile.json";

/** Folder of an archive and its metafile, which are built once in a run. */
const shareArchive = (name: keyof typeof builds): Promise<string> =>
  shareFolder(`archive-${name}`, async (made) => {
    const { path, metafile } = await builds[name]();
    await copyFile(path, join(made, archiveFile));
    await writeFile(join(made, metafileFile), JSON.stringify(metafile));
  });

/** esbuild's list of what an archive was built from. */
export const readMetafile = async (name: keyof typeof builds): Promise<Metafile> =>
  JSON.parse(await readFile(join(await shareArchive(name), metafileFile), "utf8"));

/** An archive of Lambda, alone in an empty folder during a suite. */
export class UnzippedArchive {
  folder = "";

  constructor(name: keyof typeof builds) {
    before(async () => this.#unzip(join(await shareArchive(name), archiveFile)));
    after(() => rm(this.folder, { recursive: true, force: true }));
  }

  async #unzip(archive: string): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), "ecobeat-archive-"));
    // From such a folder, a function could load what the archive lacks.
    for (let above = this.folder; above !== dirname(above); above = dirname(above)) {
      if (existsSync(join(above, "node_modules"))) throw new Error(`${above} holds node_modules.`);
    }
    for (const [name, contents] of Object.entries(unzipSync(await readFile(archive)))) {
      await mkdir(dirname(join(this.folder, name)), { recursive: true });
      await writeFile(join(this.folder, name), contents);
    }
  }

  /** The size of each file in the archive's folder, in bytes. */
  async readSizes(): Promise<Record<string, number>> {
    const names = await readdir(this.folder);
    return Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, (await stat(join(this.folder, name))).size])),
    );
  }

  /** Evaluates an expression of `index`, the exports of the archive, and `context`, with a minute left. */
  async evaluate(expression: string, environment: Record<string, string>, node?: string): Promise<Outcome> {
    return (await this.evaluateEach([expression], environment, node))[0]!;
  }

  /** The same for several expressions, one after another in one process. */
  evaluateEach(expressions: readonly string[], environment: Record<string, string>, node?: string): Promise<Outcome[]> {
    return evaluateIn(this.folder, expressions, environment, node);
  }
}

export interface Outcome {
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the function has returned
  readonly result?: any;
  /** Message of the error. */
  readonly failure?: string;
  /** Log lines. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the function has logged
  readonly log: any[];
}

/** The same, for a folder with an `index.js`. */
export async function evaluateIn(
  cwd: string,
  expressions: readonly string[],
  env: Record<string, string>,
  node = process.execPath,
): Promise<Outcome[]> {
  const script = `
    const index = require("./index.js");
    const context = { awsRequestId: "id", getRemainingTimeInMillis: () => 60_000 };
    (async () => {
      for (const evaluate of [${expressions.map((expression) => `async () => ${expression}`)}]) {
        const outcome = await evaluate().then((result) => ({ result }), (error) => ({ failure: error.message }));
        console.log(JSON.stringify([outcome]));
      }
      process.exit();
    })();`;
  const { stdout } = await promisify(execFile)(node, ["-e", script], { cwd, env });
  const outcomes: Outcome[] = [];
  let log: unknown[] = [];
  for (const line of stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))) {
    if (Array.isArray(line)) {
      outcomes.push({ ...line[0], log });
      log = [];
    } else log.push(line);
  }
  return outcomes;
}
