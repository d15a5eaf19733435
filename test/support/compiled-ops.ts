import { existsSync, rmSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build, type Plugin } from "esbuild";
import { sharedFolderVariable } from "./temporary-root.ts";

const root = join(import.meta.dirname, "..", "..");

/** Modules find their files where their sources are. */
const sourcePaths: Plugin = {
  name: "source-paths",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
      loader: "ts",
      contents: (await readFile(path, "utf8"))
        .replaceAll("import.meta.dirname", JSON.stringify(dirname(path)))
        .replaceAll("import.meta.filename", JSON.stringify(path)),
    })),
};

let program: Promise<string> | undefined;

/**
 * `scripts/ops.ts`, compiled once for all tests of a run: of the CPU time of a short command, tsx takes three quarters.
 * @returns its path
 */
export function compileOps(): Promise<string> {
  program ??= compile();
  return program;
}

async function compile(): Promise<string> {
  const shared = process.env[sharedFolderVariable] ?? (await createOwnFolder());
  const folder = join(shared, "ops");
  if (!existsSync(folder)) {
    await mkdir(shared, { recursive: true });
    const made = await mkdtemp(join(shared, "compiling-"));
    const script = join(root, "scripts", "ops.ts");
    await build({
      stdin: {
        // It runs only as the program that was started.
        contents: `process.argv[1] = ${JSON.stringify(script)}; await import("./scripts/ops.ts");`,
        resolveDir: root,
      },
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      packages: "external",
      outdir: made,
      logLevel: "error",
      sourcemap: "inline",
      plugins: [sourcePaths],
    });
    await symlink(join(root, "node_modules"), join(made, "node_modules"));
    // Another worker may have been faster.
    await rename(made, folder).catch(() => rm(made, { recursive: true }));
  }
  return join(folder, "stdin.js");
}

/** For a run without `temporary-root.ts`. */
async function createOwnFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "ecobeat-compiled-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
