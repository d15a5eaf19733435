import { printJson } from "../cli/output.ts";
import { withProgress } from "../cli/progress.ts";
import { chooseExport } from "./exported-snapshot.ts";
import { openLocation } from "./open-location.ts";
import { readExport } from "./read-export.ts";

/** The result of `backup verify --from-export`, as in its JSON output. */
export interface ExportVerification {
  readonly clusterName: string;
  /** When Atlas took the snapshot. */
  readonly takenAt: string;
  readonly collections: number;
  readonly documents: number;
  /** How many files with documents were read, and how many there are. */
  readonly filesRead: number;
  readonly files: number;
  /** Newest time in a document that was read, or null. */
  readonly newest: string | null;
}

export interface ExportVerificationOptions {
  /** Name of the database in the export. */
  readonly database: string;
  /** Percentage of the files with documents to read. */
  readonly sample: number;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/**
 * `backup verify --from-export`: reads the newest export, or a part of its files.
 * @throws {OperatorError} if there is none, or a file is damaged
 */
export async function verifyExport(
  address: string,
  { dryRun, json, ...options }: ExportVerificationOptions,
): Promise<void> {
  const location = await openLocation(address);
  if (dryRun) {
    const { takenAt, path } = await chooseExport(location);
    if (json) return printJson({ takenAt: takenAt.toISOString(), path });
    console.log(`would read Atlas's snapshot of ${takenAt.toISOString()} in ${location.address}: ${path}`);
    return;
  }
  const { dump, clusterName, takenAt, read, files, newest } = await withProgress((progress) =>
    readExport(location, { ...options, progress }),
  );
  const result: ExportVerification = {
    clusterName,
    takenAt: takenAt.toISOString(),
    collections: dump.collections.length,
    documents: dump.collections.reduce((sum, { content }) => sum + (content?.documents ?? 0), 0),
    filesRead: read,
    files,
    newest,
  };
  if (json) return printJson(result);
  console.log(
    `${dump.name} of ${clusterName} in ${location.address} is readable: ${result.documents} documents in ` +
      `${result.collections} collections, ${result.filesRead} of ${files} files${newest ? `, the newest of ${newest}` : ""}`,
  );
}
