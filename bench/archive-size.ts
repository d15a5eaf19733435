import { repositoryRoot, zip } from "../scripts/build/archive.ts";
import { bundleService } from "../scripts/build/bundle.ts";
import { argon2Binary } from "../scripts/build/native-binary.ts";
import { kilobytes, type Section } from "./report.ts";

const limitBytes = 3_000_000;

/** How large the archive is, and what of it a cold start reads at once. */
export async function archiveSize(): Promise<Section> {
  const { files, metafile } = await bundleService(repositoryRoot);
  const native = await argon2Binary(repositoryRoot, "arm64");
  const code = Object.values(files).reduce((sum, file) => sum + file.length, 0);
  const archive = zip({ ...files, [native.path]: native.contents }).length;
  const withoutNative = zip(files).length;
  const first = readAtStart(metafile.outputs, "bundle/index.js");
  const firstBytes = [...first].reduce((sum, path) => sum + files[path.slice("bundle/".length)]!.length, 0);
  return {
    title: "Archive for arm64",
    rows: [
      { what: "archive", figure: kilobytes(archive) },
      {
        what: "without argon2's binary",
        figure: kilobytes(withoutNative),
        target: `target < ${kilobytes(limitBytes)}`,
        met: withoutNative < limitBytes,
      },
      { what: `code before compression, in ${Object.keys(files).length} files`, figure: kilobytes(code) },
      { what: `read at a cold start, in ${first.size} files`, figure: kilobytes(firstBytes) },
    ],
  };
}

/** The entry and all that it imports statically, however indirectly. */
function readAtStart(
  outputs: Record<string, { imports: { path: string; kind: string; external?: boolean }[] }>,
  path: string,
  found = new Set<string>(),
): Set<string> {
  if (found.has(path) || !outputs[path]) return found;
  found.add(path);
  for (const { path: imported, kind } of outputs[path].imports) {
    if (kind === "import-statement") readAtStart(outputs, imported, found);
  }
  return found;
}
