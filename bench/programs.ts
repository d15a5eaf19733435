import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build, type Metafile } from "esbuild";
import { repositoryRoot } from "../scripts/build/archive.ts";
import { bundleForLambda, bundleOptions } from "../scripts/build/bundle.ts";
import { type Architecture, readArgon2Binary } from "../scripts/build/native-binary.ts";

/** Outside of the repository, whose package.json would make ES modules of the programs. */
const root = mkdtempSync(join(tmpdir(), "ecobeat-bench-"));
process.once("exit", () => rmSync(root, { recursive: true, force: true }));

/** Bundles a program as the function is bundled, and puts it on disk ready to run here. */
export async function bundleProgram(name: string, entry: string): Promise<string> {
  const { files } = await bundleForLambda(repositoryRoot, entry);
  return place(name, files);
}

/**
 * Bundles the function the simple way: one file, and all that `service/lambda.ts` imports dynamically is imported at
 * the start.
 */
export async function bundleProgramEagerly(name: string): Promise<string> {
  const { metafile } = await bundleForLambda(repositoryRoot);
  const imports = dynamicImports(metafile).map((path) => `import "./${path}";`);
  const { outputFiles } = await build({
    ...bundleOptions,
    absWorkingDir: repositoryRoot,
    stdin: {
      contents: [...imports, 'export { handler } from "./service/lambda.ts";'].join("\n"),
      resolveDir: repositoryRoot,
    },
    format: "cjs",
    outfile: "bundle/index.js",
    write: false,
  });
  const output = join(repositoryRoot, "bundle");
  return place(
    name,
    Object.fromEntries(outputFiles.map((file) => [file.path.slice(output.length + 1), file.contents])),
  );
}

/** The service's modules that are imported dynamically. */
function dynamicImports({ inputs }: Metafile): string[] {
  const paths = Object.values(inputs)
    .flatMap(({ imports }) => imports)
    .filter(({ kind, path }) => kind === "dynamic-import" && path.startsWith("service/"))
    .map(({ path }) => path);
  return [...new Set(paths)].sort();
}

async function place(name: string, files: Record<string, Uint8Array>): Promise<string> {
  const folder = join(root, name);
  const native = await readArgon2Binary(repositoryRoot, process.arch as Architecture);
  for (const [path, contents] of Object.entries({ ...files, [native.path]: native.contents })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), contents);
  }
  return folder;
}
