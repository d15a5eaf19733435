import { createHash, randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { build, type Metafile } from "esbuild";
import { type Zippable, zipSync } from "fflate";
import { serviceFunctions } from "../../service/contract.ts";
import { bundleForLambda } from "./bundle.ts";
import { entries } from "./entries.ts";
import { type Architecture, readArgon2Binary } from "./native-binary.ts";
import { type CopiedFile, createSbom, sbomFile } from "./sbom.ts";

/** The archive that Lambda runs. */
export interface LambdaArchive {
  /** Absolute path of the ZIP file. */
  path: string;
  /** SHA-256 of the ZIP file in base64, as Lambda's `CodeSha256` has it. */
  sha256: string;
  /** Size of the ZIP file. */
  sizeBytes: number;
  /** Sizes before compression, by name. */
  fileSizes: Record<string, number>;
  /** esbuild's list of what its code was built from. */
  metafile: Metafile;
  /** All files that it was built from, from the repository's folder. */
  inputs: string[];
}

/** The repository's folder. */
export const repositoryRoot = join(import.meta.dirname, "..", "..");

/**
 * The files with the handlers of the functions that serve requests. ES modules, since Lambda waits for what they await at the top level:
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html#top-level-await
 */
export const handlerFiles: Record<string, Uint8Array> = Object.fromEntries(
  serviceFunctions.map((name) => [
    `${name}.mjs`,
    Buffer.from(
      `import { handler, initialize } from "./index.js";\nawait initialize("${name}");\nexport { handler };\n`,
    ),
  ]),
);

/**
 * Builds `dist/lambda-<architecture>.zip`: a file with the handler of each function that serves requests, `index.js` with the service and
 * the migration, the files that it loads on demand, and argon2's binary. The same sources produce the same bytes on every machine and at any time.
 *
 * @throws if the sources cannot be bundled, or argon2 has no binary for Lambda
 */
export async function buildLambdaArchive(architecture: Architecture): Promise<LambdaArchive> {
  const [{ files, metafile }, native] = await Promise.all([
    bundleForLambda(repositoryRoot, entries.service),
    readArgon2Binary(repositoryRoot, architecture),
  ]);
  return writeArchive(
    `lambda-${architecture}`,
    { ...files, ...handlerFiles, [native.path]: native.contents },
    metafile,
    native,
  );
}

/**
 * Builds `dist/backups.zip`, the archive of the functions that create and verify backups: `index.js` with the exports `dump` and
 * `verify`. Without a binary, it runs on every architecture. The same sources produce the same bytes.
 *
 * @throws if the sources cannot be bundled
 */
export async function buildBackupArchive(): Promise<LambdaArchive> {
  const { files, metafile } = await bundleForLambda(repositoryRoot, entries.backups);
  return writeArchive("backups", files, metafile);
}

/**
 * Builds `dist/pre-traffic.zip`, the archive of the pre-traffic hook: `index.js` with the export `tryVersion`. Without a binary, it runs
 * on every architecture. The same sources produce the same bytes.
 *
 * @throws if the sources cannot be bundled
 */
export async function buildPreTrafficArchive(): Promise<LambdaArchive> {
  const { files, metafile } = await bundleForLambda(repositoryRoot, entries.preTraffic);
  return writeArchive("pre-traffic", files, metafile);
}

/**
 * Builds `dist/accounts.zip`, the archive of the functions that send mails and support users: `index.js` with the exports `sendMails`
 * and `support`. Without a binary, it runs on every architecture. The same sources produce the same bytes.
 *
 * @throws if the sources cannot be bundled
 */
export async function buildAccountsArchive(): Promise<LambdaArchive> {
  const { files, metafile } = await bundleForLambda(repositoryRoot, entries.accounts);
  return writeArchive("accounts", files, metafile);
}

/** Writes `dist/<name>.zip`, and next to it `<name>.cdx.json`, the bill of materials that it contains. */
async function writeArchive(
  name: string,
  files: Record<string, Uint8Array>,
  metafile: Metafile,
  ...copied: CopiedFile[]
): Promise<LambdaArchive> {
  const sbom = Buffer.from(JSON.stringify(await createSbom(repositoryRoot, name, metafile, copied)));
  const contents = { ...files, [sbomFile]: sbom };
  const archive = zip(contents);
  const path = join(repositoryRoot, "dist", `${name}.zip`);
  await Promise.all([replaceFile(path, archive), replaceFile(path.replace(/zip$/, "cdx.json"), sbom)]);
  return {
    path,
    sha256: createHash("sha256").update(archive).digest("base64"),
    sizeBytes: archive.length,
    fileSizes: Object.fromEntries(Object.entries(contents).map(([name, file]) => [name, file.length])),
    metafile,
    inputs: [...Object.keys(metafile.inputs), ...(await findBuildSources()), ...copied.map(({ file }) => file)],
  };
}

/** This file and all that it imports, also from the service: they decide on the contents of the archives. */
async function findBuildSources(): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: repositoryRoot,
    entryPoints: [relative(repositoryRoot, import.meta.filename)],
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    write: false,
    metafile: true,
  });
  return Object.keys(metafile.inputs);
}

/** Replaces a file atomically: neither a concurrent build nor a reader sees a partial file. */
async function replaceFile(path: string, contents: Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(temporary, contents);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The result of 6 is within 0.2 % of that of 9, in two thirds of the time. */
const compressionLevel = 6;

/** The host system "UNIX" of the ZIP format, for which the attributes contain the file mode. */
const unixHost = 3;

/** `-rw-r--r--`, in the upper half of a ZIP file's external attributes: Lambda must be able to read each file. */
const externalAttributes = 0o100644 << 16;

/**
 * The earliest time a ZIP file can hold. ZIP stores local time, so the same numbers are the same bytes in every
 * time zone; at noon no zone skips an hour.
 */
const modificationTime = new Date(1980, 0, 1, 12);

/**
 * Packs files into a ZIP archive whose bytes follow from the names and contents alone. The compressor is written
 * in JavaScript: the output of zlib differs from one kind of processor to another.
 *
 * @param files contents by path
 */
export function zip(files: Record<string, Uint8Array>): Uint8Array {
  const entries: Zippable = {};
  for (const path of Object.keys(files).sort()) {
    entries[path] = [
      files[path]!,
      { level: compressionLevel, os: unixHost, attrs: externalAttributes, mtime: modificationTime },
    ];
  }
  return zipSync(entries);
}
