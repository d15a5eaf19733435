// `node --import tsx scripts/ci/add-mirror-remote.ts`: lets `npm run ops -- git mirror` reach the copy in a job.
import { realpathSync } from "node:fs";
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigurationError, required } from "../../service/config.ts";
import { runCommand } from "../cli/run-command.ts";
import { git } from "../git-mirror/git.ts";

/**
 * Adds the remote `copy` to a clone in a job, and has the git of later steps reach it by a key that opens nothing else.
 *
 * @param variables those of the job, with `MIRROR_URL`, `MIRROR_KEY` (a private key) and `MIRROR_HOST_KEYS` (the lines about the
 * copy's host in a file `known_hosts`)
 * @throws {ConfigurationError} if one is missing, or the address is none of SSH
 */
export async function addMirrorRemote(folder: string, variables: NodeJS.ProcessEnv): Promise<void> {
  const [url, key, hostKeys, temporary, later] = [
    "MIRROR_URL",
    "MIRROR_KEY",
    "MIRROR_HOST_KEYS",
    "RUNNER_TEMP",
    "GITHUB_ENV",
  ].map((name) => required(variables, name)) as [string, string, string, string, string];
  if (!/^(ssh:\/\/[\w.@-]+(:\d+)?\/|[\w.-]+@[\w.-]+:)[\w./~-]+$/.test(url)) {
    throw new ConfigurationError(
      "MIRROR_URL is no address of SSH, by which the copy is reached. Set it to one such as git@git.example.com:ecobeat/platform.git.",
    );
  }
  const keyFile = join(temporary, "mirror-key");
  const hostKeysFile = join(temporary, "mirror-known-hosts");
  // ssh reads neither a key that others may read, nor one whose last line does not end.
  await writeFile(keyFile, `${key.trim()}\n`, { mode: 0o600 });
  await writeFile(hostKeysFile, `${hostKeys.trim()}\n`);
  await git(folder, "remote", "add", "copy", url);
  const options = [
    "BatchMode=yes",
    "ConnectTimeout=10",
    "IdentitiesOnly=yes",
    "StrictHostKeyChecking=yes",
    `UserKnownHostsFile=${hostKeysFile}`,
  ];
  const ssh = ["ssh", "-i", keyFile, ...options.flatMap((option) => ["-o", option])].join(" ");
  await appendFile(later, `GIT_SSH_COMMAND=${ssh}\n`);
}

if (import.meta.filename === realpathSync(process.argv[1]!)) {
  await runCommand(() => addMirrorRemote(".", process.env));
}
