import { filesOf } from "./file-names.ts";
import { type Manifest, manifestPath } from "./manifest.ts";
import type { StoredFile } from "./store.ts";

/** What is wrong with a file. */
export interface Fault {
  readonly path: string;
  readonly fault: string;
}

/**
 * Files of a backup that are missing, have another size than the manifest tells, or do not belong there.
 * @param files all that are below the backup's folder
 */
export function wrongFiles({ id, database, collections }: Manifest, files: readonly StoredFile[]): Fault[] {
  const expected = new Map<string, number>();
  for (const { name, metadata, data } of collections) {
    const paths = filesOf(database, name);
    expected.set(`${id}/${paths.metadata}`, metadata.bytes);
    if (data) expected.set(`${id}/${paths.data}`, data.bytes);
  }
  const found = new Map(files.map(({ path, bytes }) => [path, bytes]));
  found.delete(manifestPath(id));
  const changed = [...expected]
    .filter(([path, bytes]) => found.get(path) !== bytes)
    .map(([path, bytes]) => ({ path, fault: `has ${found.get(path) ?? "no"} bytes, and had ${bytes}` }));
  const foreign = [...found.keys()].filter((path) => !expected.has(path));
  return [...changed, ...foreign.map((path) => ({ path, fault: "is no part of the backup" }))];
}
