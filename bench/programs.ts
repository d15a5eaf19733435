import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";
import { handlerFiles, repositoryRoot } from "../scripts/build/archive.ts";
import { bundleForLambda, bundleOptions } from "../scripts/build/bundle.ts";
import { entries } from "../scripts/build/entries.ts";
import { type Architecture, readArgon2Binary } from "../scripts/build/native-binary.ts";
import { acceptedImports } from "../scripts/build/unresolved-imports.ts";

/** Outside the repository, whose package.json would turn the programs into ES modules. */
const root = mkdtempSync(join(tmpdir(), "ecobeat-bench-"));
process.once("exit", () => rmSync(root, { recursive: true, force: true }));

/** The peers of the service use only a part of their frameworks. */
const accepted = [
  ...acceptedImports,
  { file: "node_modules/pino/lib/transport.js", module: "module", reason: "Fastify's logger is off.", entries: [] },
  {
    file: "node_modules/lambda-api/dist/esm/lib/s3-service.js",
    module: "@aws-sdk/s3-request-presigner",
    reason: "It sends no links to S3.",
    entries: [],
  },
];

const bundles: Record<string, Promise<string>> = {};

/**
 * Bundles a program as the function is bundled, once, and writes it to a folder.
 * @param plugins @default those of the archives
 */
export function bundleProgram(entry: string, plugins?: Plugin[]): Promise<string> {
  const name = basename(entry, ".ts");
  bundles[name] ??= bundleForLambda(repositoryRoot, entry, { accepted, ...(plugins && { plugins }) }).then(
    ({ files }) => writeProgram(name, { ...files, ...(entry === entries.service && handlerFiles) }),
  );
  return bundles[name];
}

/** Bundles the function as one file, in which everything that `service/lambda.ts` imports dynamically is loaded at the start. */
export async function bundleProgramEagerly(): Promise<string> {
  const { metafile } = await bundleForLambda(repositoryRoot);
  const imports = findDynamicImports(metafile).map((path) => `import "./${path}";`);
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
  const files = outputFiles.map((file) => [file.path.slice(output.length + 1), file.contents]);
  return writeProgram("eager", Object.fromEntries(files));
}

/** The modules of the service that are imported dynamically. */
function findDynamicImports({ inputs }: Metafile): string[] {
  const paths = Object.values(inputs)
    .flatMap(({ imports }) => imports)
    .filter(({ kind, path }) => kind === "dynamic-import" && path.startsWith("service/"))
    .map(({ path }) => path);
  return [...new Set(paths)].sort();
}

async function writeProgram(name: string, files: Record<string, Uint8Array>): Promise<string> {
  const folder = join(root, name);
  const native = await readArgon2Binary(repositoryRoot, process.arch as Architecture);
  for (const [path, contents] of Object.entries({ ...files, [native.path]: native.contents })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), contents);
  }
  return folder;
}
