import { basename } from "node:path";
import {
  type BuildOptions,
  build,
  formatMessages,
  type Metafile,
  type OutputFile,
  type Plugin,
  transform,
} from "esbuild";
import { OperatorError } from "../cli/errors.ts";
import { entries } from "./entries.ts";
import { lighterPackages } from "./lighter-packages.ts";
import { type AcceptedImport, checkUnresolvedImports, isComputedName, logOverride } from "./unresolved-imports.ts";

/** A program as the files of one folder. */
export interface Bundle {
  /** Contents by name; `index.js` is the entry. */
  files: Record<string, Uint8Array>;
  /** esbuild's list of their inputs. */
  metafile: Metafile;
}

/** Options for bundling a file and for its conversion to CommonJS. */
const outputOptions = {
  platform: "node",
  target: "node20",
  // Names stay: stack traces in the log are readable, and errors keep their fingerprint from release to release. With
  // minified ones, `keepNames` would define a property behind each closure of each request.
  minifySyntax: true,
  minifyWhitespace: true,
  // Licence notices stay, at the end of the file.
  legalComments: "eof",
  // Escaped, a file is pure ASCII, which V8 keeps at one byte a character.
  charset: "ascii",
} as const satisfies BuildOptions;

/** Options of a bundle, without its entry and its output. */
export const bundleOptions = {
  ...outputOptions,
  bundle: true,
  // One copy of each package: its ES modules if it has them, because esbuild removes their unused exports.
  mainFields: ["module", "main"],
  // `debug` uses this package if it is installed, for colours. Only the tests install it.
  external: ["supports-color"],
  alias: {
    // The driver of MongoDB requires this package and uses nothing of it.
    "@aws-sdk/credential-providers": "./service/cloud/credential-providers.ts",
  },
  plugins: [lighterPackages],
  // Names of chunks depend on the paths of their modules, which must stay inside the repository.
  preserveSymlinks: true,
  // Tables, such as the status codes of HTTP, are read as data, and only when they are used.
  loader: { ".json": "copy" },
  logLevel: "warning",
} satisfies BuildOptions;

/**
 * Bundles a program for Lambda: CommonJS that Node 20 understands.
 *
 * Dynamic imports of the service become separate files, because a cold start pays for each byte that V8 reads, executed or not: one
 * file took three times as long. esbuild splits only ES modules. They are built first and then converted to CommonJS, which Node
 * loads faster.
 *
 * @param root folder of the repository
 * @param entry the module that exports what Lambda calls
 * @param options.accepted imports that the bundle may leave unresolved; @default those of `unresolved-imports.ts`
 * @param options.plugins @default those of the archives
 * @throws {OperatorError} if the sources cannot be bundled, or need a module that is not in the bundle
 */
export async function bundleForLambda(
  root: string,
  entry: string = entries.service,
  { accepted, plugins = bundleOptions.plugins }: { accepted?: readonly AcceptedImport[]; plugins?: Plugin[] } = {},
): Promise<Bundle> {
  const result = await build({
    ...bundleOptions,
    plugins,
    logLevel: "error",
    logOverride,
    absWorkingDir: root,
    entryPoints: { index: entry },
    format: "esm",
    splitting: true,
    outdir: "bundle",
    write: false,
    metafile: true,
  }).catch((cause: Error) => {
    throw new OperatorError("bundle-failed", {
      what: `${entry} cannot be bundled.`,
      why: cause.message,
      action: "Correct the sources: `npm run check` finds most mistakes.",
      cause,
    });
  });
  checkUnresolvedImports(entry, result, accepted);
  const warnings = result.warnings.filter((message) => !isComputedName(message));
  for (const warning of await formatMessages(warnings, { kind: "warning" })) console.warn(warning);
  const { outputFiles, metafile } = result;
  const files = await Promise.all(
    outputFiles.map(async (file) => [basename(file.path), await toCommonJs(file)] as const),
  );
  return { files: Object.fromEntries(files), metafile };
}

async function toCommonJs({ path, text, contents }: OutputFile): Promise<Uint8Array> {
  if (!path.endsWith(".js")) return contents;
  const { code } = await transform(text, {
    ...outputOptions,
    format: "cjs",
    // `require` instead of `import()`, so that Node does not start its loader of ES modules.
    supported: { "dynamic-import": false },
  });
  return Buffer.from(code);
}
