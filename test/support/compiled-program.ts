import { symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { sourcePaths } from "../../bench/source-paths.ts";
import { shareFolder } from "./shared-folder.ts";

const root = join(import.meta.dirname, "..", "..");

const programs = new Map<string, Promise<string>>();

/** `scripts/ops.ts`, compiled. @returns its path */
export const compileOps = (): Promise<string> => compileOnce("scripts/ops.ts", { packages: "external" });

/** `service-process.ts`, compiled. @returns its path */
export const compileServiceProcess = (): Promise<string> =>
  compileOnce("test/support/service-process.ts", { packages: "external" });

/** `service/server.ts`, compiled with its packages, which it loads at each start. @returns its path */
export const compileServer = (): Promise<string> =>
  compileOnce("service/server.ts", {
    external: ["argon2", "mongodb"],
    mainFields: ["module", "main"],
    // For packages that use `require`.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });

/** Modules, compiled into one that a process imports. @param paths in the repository. @returns its path */
export const compileModules = (name: string, ...paths: string[]): Promise<string> =>
  compileOnce(name, {
    stdin: { contents: paths.map((path) => `export * from "./${path}";`).join("\n"), resolveDir: root },
    packages: "external",
  });

/** Compiles a program once for all tests of a run: of the CPU time of a short command, tsx takes three quarters. */
function compileOnce(script: string, options: BuildOptions): Promise<string> {
  const program = programs.get(script) ?? compile(script, options);
  programs.set(script, program);
  return program;
}

async function compile(script: string, options: BuildOptions): Promise<string> {
  const folder = await shareFolder(basename(script, ".ts"), async (outdir) => {
    await build({
      stdin: {
        // It runs only as the program that was started.
        contents: `process.argv[1] = ${JSON.stringify(join(root, script))}; await import("./${script}");`,
        resolveDir: root,
      },
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      outdir,
      logLevel: "error",
      plugins: [sourcePaths],
      ...options,
    });
    await symlink(join(root, "node_modules"), join(outdir, "node_modules"));
  });
  return join(folder, "stdin.js");
}
