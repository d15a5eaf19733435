/**
 * Instruction set of the functions. All environments share it because they share one archive: the version tested in one
 * environment is the version that the next one gets. After a change, deploy the service stack of an environment before its next
 * release: `migrate` then follows with the release, and `pre-traffic` keeps its architecture.
 */
export const functionArchitecture = "arm64";

/**
 * The repository whose workflows release, as the subject of GitHub's OIDC tokens names it. It contains the ids of the owner
 * and of the repository, so that a later owner of the same names has no access. These are examples. Print yours with
 * `gh api repos/ecobeat/platform --jq '"\(.owner.login)@\(.owner.id)/\(.name)@\(.id)"'`. A repository created before July 2026
 * must first opt in, in its OpenID Connect settings:
 * https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/
 */
export const gitHubRepository = "ecobeat@111111/platform@222222";

/** Path of a runbook in the repository. */
export const toRunbookPath = (runbook: string): string => `runbooks/${runbook}.md`;

/** Address of a runbook on the Git host, which e-mails, chats and reports show as a link. */
export const toRunbookUrl = (runbook: string): string =>
  `https://github.com/${gitHubRepository.replaceAll(/@\d+/g, "")}/blob/main/${toRunbookPath(runbook)}`;
