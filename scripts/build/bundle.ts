import { basename } from "node:path";
import { type BuildOptions, build, type Metafile, type OutputFile, transform } from "esbuild";

/** A program as the files of one folder. */
export interface Bundle {
  /** Contents by name; `index.js` is the entry. */
  files: Record<string, Uint8Array>;
  /** What went into them. */
  metafile: Metafile;
}

/** How a bundle is made, beside its entry and the shape of its output. */
export const bundleOptions = {
  bundle: true,
  platform: "node",
  target: "node20",
  minify: true,
  // Stack traces in the log stay readable, and errors keep their fingerprint from release to release.
  keepNames: true,
  // One copy of each package: its ES modules where it has them, as those lose what nobody uses.
  mainFields: ["module", "main"],
  // `debug` colours its lines where it finds this; it is installed for the tests alone.
  external: ["supports-color"],
  // The driver of MongoDB requires this package and uses nothing of it; esbuild accepts in silence that it is missing.
  alias: { "@aws-sdk/credential-providers": "./service/cloud/credential-providers.ts" },
  // Names of chunks follow from the paths of their modules: these must not lead out of the repository.
  preserveSymlinks: true,
  // Tables, such as those of old character sets, are read as data, and only where they are used.
  loader: { ".json": "copy" },
  // Licence notices stay, at the end of the file.
  legalComments: "eof",
  // Escaped, a file is pure ASCII, which V8 keeps at one byte a character.
  charset: "ascii",
  logLevel: "warning",
} as const satisfies BuildOptions;

/**
 * Bundles a program for Lambda: CommonJS that Node 20 understands.
 *
 * What the service imports dynamically comes to lie in files of its own, since a cold start pays for each byte
 * that V8 reads, executed or not: in one file it took three times as long. esbuild splits ES modules only, so
 * these are made first and then turned into CommonJS, which Node loads faster.
 *
 * @param root folder of the repository
 * @param entry the module that exports what Lambda calls
 */
export async function bundleForLambda(root: string, entry = "service/lambda.ts"): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    ...bundleOptions,
    absWorkingDir: root,
    entryPoints: { index: entry },
    format: "esm",
    splitting: true,
    outdir: "bundle",
    write: false,
    metafile: true,
  });
  const files = await Promise.all(
    outputFiles.map(async (file) => [basename(file.path), await toCommonJs(file)] as const),
  );
  return { files: Object.fromEntries(files), metafile };
}

async function toCommonJs({ path, text, contents }: OutputFile): Promise<Uint8Array> {
  if (!path.endsWith(".js")) return contents;
  const { code } = await transform(text, {
    format: "cjs",
    platform: "node",
    target: "node20",
    minify: true,
    keepNames: true,
    legalComments: "eof",
    charset: "ascii",
    // `require` in place of `import()`: a CommonJS file need not start Node's loader of ES modules.
    supported: { "dynamic-import": false },
  });
  return Buffer.from(code);
}
