import { ConfigurationError } from "../../../service/config.ts";
import { redactText } from "../../../service/platform/logging.ts";
import { type AtlasCall, pathOf } from "./operations.ts";

/** What Atlas says in place of an answer: https://www.mongodb.com/docs/atlas/reference/api-errors/ */
export interface AtlasProblem {
  readonly status: number;
  /** Atlas's name of the error, such as `CLUSTER_NOT_FOUND`. */
  readonly errorCode?: string | undefined;
  readonly detail?: string | undefined;
}

/** A call that Atlas refused or could not serve: its message says what happened, why, and what to do. */
export class AtlasError extends ConfigurationError {
  override readonly name = "AtlasError";
  readonly status: number;
  readonly errorCode: string | undefined;

  constructor(call: AtlasCall, problem: AtlasProblem) {
    const { status, errorCode, detail } = problem;
    const said = [errorCode, detail && redactText(detail)].filter(Boolean).join(": ");
    super(
      `Atlas answered ${call.operation.method} ${pathOf(call)} with ${status}${said && ` (${said})`}. ${advice(call, problem)}`,
    );
    this.status = status;
    this.errorCode = errorCode;
  }
}

function advice({ operation }: AtlasCall, { status, errorCode }: AtlasProblem): string {
  if (errorCode?.includes("ACCESS_LIST")) {
    return "The organization lets only addresses of its API access list in. Add this machine's to the list of the service account.";
  }
  if (status === 401) {
    return (
      "The service account does not belong to the organization of this project, or is not of this project. Add it to the " +
      `project, with the role ${operation.role}.`
    );
  }
  if (status === 403) {
    return `The service account lacks a role. Give it ${operation.role} in the project.`;
  }
  if (status === 404) {
    return "There is nothing of this name in Atlas. Look for misspelt names and ids, and whether it was deleted.";
  }
  if (status === 409) {
    return "Something else is changing the same thing. See with `atlas status` what runs, wait for its end, and run this again.";
  }
  if (status === 429) return "The project has used up its calls. Run this again in a minute.";
  if (status >= 500) return "Atlas itself has trouble: see https://status.mongodb.com, and run this again.";
  return "Atlas does not accept what was asked for. Correct what its message names.";
}
