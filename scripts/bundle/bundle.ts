import { type BuildOptions, build, type Metafile } from "esbuild";

/** The service as one file. */
export interface Bundle {
  /** CommonJS that exports `handler`. */
  code: Uint8Array;
  /** What went into it. */
  metafile: Metafile;
}

/**
 * How the function is bundled. A module that is imported dynamically becomes a part of the one file that is
 * evaluated only when it is asked for, so a cold start pays for none of the others.
 */
export const bundleOptions = {
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  minify: true,
  // One copy of each package: its ES modules where it has them, as those lose what nobody uses.
  mainFields: ["module", "main"],
  // Licence notices stay, after the code.
  legalComments: "eof",
  // Escaped, the file is pure ASCII, which Node keeps at one byte a character.
  charset: "ascii",
  logLevel: "warning",
} as const satisfies BuildOptions;

/**
 * Bundles the Lambda function.
 * @param root folder of the repository
 */
export async function bundleService(root: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    ...bundleOptions,
    absWorkingDir: root,
    entryPoints: ["service/lambda.ts"],
    outfile: "index.js",
    write: false,
    metafile: true,
  });
  return { code: outputFiles[0]!.contents, metafile };
}
