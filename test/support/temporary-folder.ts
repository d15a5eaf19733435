import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Creates an empty folder before each test of a suite, and removes it after the test. */
export function useTemporaryFolder(): () => string {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ecobeat-test-"));
  });
  afterEach(() => rm(folder, { recursive: true }));
  return () => folder;
}
