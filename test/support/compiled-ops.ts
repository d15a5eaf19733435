import { readFile, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build, type Plugin } from "esbuild";
import { shareFolder } from "./shared-folder.ts";

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
  const script = join(root, "scripts", "ops.ts");
  const folder = await shareFolder("ops", async (outdir) => {
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
      outdir,
      logLevel: "error",
      sourcemap: "inline",
      plugins: [sourcePaths],
    });
    await symlink(join(root, "node_modules"), join(outdir, "node_modules"));
  });
  return join(folder, "stdin.js");
}
