import { ConfigurationError } from "../../service/config.ts";
import { git } from "../git-mirror/git.ts";

/**
 * The commit of a checkout.
 * @throws {ConfigurationError} if it holds what no commit does: nobody could tell later what was released
 */
export async function cleanCommit(folder: string): Promise<string> {
  const changed = (await git(folder, "status", "--porcelain")).trimEnd();
  if (!changed) return (await git(folder, "rev-parse", "HEAD")).trim();
  throw new ConfigurationError(
    `Nothing was released: files here differ from the last commit.\n${changed}\nCommit them or put them away (\`git stash -u\`), so ` +
      "that the release has a commit; or release an archive that was built before with --archive.",
  );
}
