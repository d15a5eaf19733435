import { handlerFiles, repositoryRoot, zip } from "../scripts/build/archive.ts";
import { bundleForLambda } from "../scripts/build/bundle.ts";
import { readArgon2Binary } from "../scripts/build/native-binary.ts";
import { createSbom, sbomFile } from "../scripts/build/sbom.ts";
import { formatKilobytes, type Section, toLimitRow } from "./report.ts";

/** A little above today's size. */
const limitBytes = 915_000;

/** The archive of the service. */
export async function measureArchive() {
  const { files: bundled, metafile } = await bundleForLambda(repositoryRoot);
  const files = { ...bundled, ...handlerFiles };
  return { files, metafile, zippedBytes: zip(files).length, limitBytes };
}

/** The size of the archive, and how much of it a cold start loads. */
export async function measureArchiveSize(): Promise<Section> {
  const { files, metafile, zippedBytes } = await measureArchive();
  const native = await readArgon2Binary(repositoryRoot, "arm64");
  const code = Object.values(files).reduce((sum, file) => sum + file.length, 0);
  const sbom = Buffer.from(JSON.stringify(await createSbom(repositoryRoot, "lambda-arm64", metafile, [native])));
  const archive = zip({ ...files, [native.path]: native.contents, [sbomFile]: sbom }).length;
  const loaded = findLoadedAtStart(metafile.outputs, "bundle/index.js");
  const loadedBytes = [...loaded].reduce((sum, path) => sum + files[path.slice("bundle/".length)]!.length, 0);
  return {
    title: "Archive for arm64",
    rows: [
      { label: "archive", value: formatKilobytes(archive) },
      toLimitRow("without argon2's binary and bill of materials", zippedBytes, limitBytes, formatKilobytes),
      { label: `uncompressed code, in ${Object.keys(files).length} files`, value: formatKilobytes(code) },
      { label: `loaded at the start, in ${loaded.size} files`, value: formatKilobytes(loadedBytes) },
    ],
  };
}

/** Finds the entry and everything that it imports statically, directly or indirectly. */
function findLoadedAtStart(
  outputs: Record<string, { imports: { path: string; kind: string; external?: boolean }[] }>,
  path: string,
  found = new Set<string>(),
): Set<string> {
  if (found.has(path) || !outputs[path]) return found;
  found.add(path);
  for (const { path: imported, kind } of outputs[path].imports) {
    if (kind === "import-statement") findLoadedAtStart(outputs, imported, found);
  }
  return found;
}
