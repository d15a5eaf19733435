import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Creates an empty folder before each test of a suite, and removes it after the test. */
export const useTemporaryFolder = (): (() => string) => useFolder(beforeEach, afterEach);

/** Creates an empty folder before the tests of a suite, and removes it after them. */
export const useSuiteFolder = (): (() => string) => useFolder(before, after);

type Hook = (run: () => Promise<void>) => void;

function useFolder(begin: Hook, end: Hook): () => string {
  let folder: string;
  begin(async () => {
    folder = await mkdtemp(join(tmpdir(), "ecobeat-test-"));
  });
  end(() => rm(folder, { recursive: true }));
  return () => folder;
}
