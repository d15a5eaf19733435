import { repositoryRoot, zip } from "../scripts/build/archive.ts";
import { bundleForLambda } from "../scripts/build/bundle.ts";
import { readArgon2Binary } from "../scripts/build/native-binary.ts";
import { formatKilobytes, type Section } from "./report.ts";

const limitBytes = 3_000_000;

/** How large the archive is, and what of it a cold start reads at once. */
export async function measureArchiveSize(): Promise<Section> {
  const { files, metafile } = await bundleForLambda(repositoryRoot);
  const native = await readArgon2Binary(repositoryRoot, "arm64");
  const code = Object.values(files).reduce((sum, file) => sum + file.length, 0);
  const archive = zip({ ...files, [native.path]: native.contents }).length;
  const withoutNative = zip(files).length;
  const first = readAtStart(metafile.outputs, "bundle/index.js");
  const firstBytes = [...first].reduce((sum, path) => sum + files[path.slice("bundle/".length)]!.length, 0);
  return {
    title: "Archive for arm64",
    rows: [
      { what: "archive", figure: formatKilobytes(archive) },
      {
        what: "without argon2's binary",
        figure: formatKilobytes(withoutNative),
        target: `target < ${formatKilobytes(limitBytes)}`,
        isMet: withoutNative < limitBytes,
      },
      {
        what: `code before compression, in ${Object.keys(files).length} files`,
        figure: formatKilobytes(code),
      },
      { what: `read at a cold start, in ${first.size} files`, figure: formatKilobytes(firstBytes) },
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
