import { gitHubRepository } from "../../service/company.ts";

/**
 * Instruction set of the functions. All environments share it because they share one archive: the version tested in one
 * environment is the version that the next one gets. After a change, deploy the service stack of an environment before its next
 * release: `migrate` then follows with the release, and `pre-traffic` keeps its architecture.
 */
export const functionArchitecture = "arm64";

/** Path of a runbook in the repository. */
export const toRunbookPath = (runbook: string): string => `runbooks/${runbook}.md`;

/** Address of a runbook on the Git host, which e-mails, chats and reports show as a link. */
export const toRunbookUrl = (runbook: string): string =>
  `https://github.com/${gitHubRepository.replaceAll(/@\d+/g, "")}/blob/main/${toRunbookPath(runbook)}`;
