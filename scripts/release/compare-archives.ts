import { unzipSync } from "fflate";

/** A file that differs between two archives. */
export interface FileDifference {
  readonly file: string;
  /** Its size in the archive that runs, in bytes. @default it is missing there */
  readonly runningBytes?: number;
  /** Its size in the archive that was built again, in bytes. @default it is missing there */
  readonly rebuiltBytes?: number;
}

/**
 * The files in which two archives differ, by name. None, if they differ only in how the files are packed.
 * @throws if one of them is not a ZIP archive
 */
export function compareArchives(running: Uint8Array, rebuilt: Uint8Array): FileDifference[] {
  const [one, other] = [unzipSync(running), unzipSync(rebuilt)];
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].sort().flatMap((file) => {
    const [before, after] = [one[file], other[file]];
    if (before && after && Buffer.compare(before, after) === 0) return [];
    return [{ file, ...(before && { runningBytes: before.length }), ...(after && { rebuiltBytes: after.length }) }];
  });
}

/** A difference in words, such as `index.js: 9 bytes run, 8 bytes were built`. */
export function formatDifference({ file, runningBytes, rebuiltBytes }: FileDifference): string {
  if (runningBytes === undefined) return `${file}: missing in the archive that runs`;
  if (rebuiltBytes === undefined) return `${file}: not in the build, ${runningBytes} bytes run`;
  return runningBytes === rebuiltBytes
    ? `${file}: other content of ${runningBytes} bytes`
    : `${file}: ${runningBytes} bytes run, ${rebuiltBytes} bytes were built`;
}
