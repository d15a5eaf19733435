// `node --import tsx scripts/ci/add-mirror-remote.ts`: gives `npm run ops -- git mirror` access to the mirror in a job.
import { realpathSync } from "node:fs";
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { OperatorError } from "../cli/errors.ts";
import { runCommand } from "../cli/run-command.ts";
import { git } from "../git-mirror/git.ts";

/**
 * Adds the remote `mirror` to a job's clone. In later steps git reaches it with a key that gives access to nothing else.
 *
 * @param variables those of the job, with `MIRROR_URL`, `MIRROR_KEY` (a private key) and `MIRROR_HOST_KEYS` (the lines of a file
 * `known_hosts` about the mirror's host)
 * @throws {OperatorError} if one is missing, or the URL does not use SSH
 */
export async function addMirrorRemote(folder: string, variables: NodeJS.ProcessEnv): Promise<void> {
  const [url, key, hostKeys, temporary, later] = [
    "MIRROR_URL",
    "MIRROR_KEY",
    "MIRROR_HOST_KEYS",
    "RUNNER_TEMP",
    "GITHUB_ENV",
  ].map((name) => getVariable(variables, name)) as [string, string, string, string, string];
  if (!/^(ssh:\/\/[\w.@-]+(:\d+)?\/|[\w.-]+@[\w.-]+:)[\w./~-]+$/.test(url)) {
    throw new OperatorError("mirror-url-not-ssh", {
      what: "MIRROR_URL is not an SSH address.",
      why: "The job reaches the mirror with an SSH key.",
      action: "Set it to an address such as git@git.example.com:team/platform.git.",
    });
  }
  const keyFile = join(temporary, "mirror-key");
  const hostKeysFile = join(temporary, "mirror-known-hosts");
  // ssh accepts neither a key that other users can read, nor one without a final newline.
  await writeFile(keyFile, `${key.trim()}\n`, { mode: 0o600 });
  await writeFile(hostKeysFile, `${hostKeys.trim()}\n`);
  await git(folder, "remote", "add", "mirror", url);
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

function getVariable(variables: NodeJS.ProcessEnv, name: string): string {
  const value = variables[name];
  if (value) return value;
  throw new OperatorError("mirror-variable-missing", {
    what: `${name} is not set.`,
    why: "The job needs it to reach the mirror.",
    action: "Set it in the environment `mirror` of the repository on GitHub.",
  });
}

if (import.meta.filename === realpathSync(process.argv[1]!)) {
  await runCommand(() => addMirrorRemote(".", process.env));
}
