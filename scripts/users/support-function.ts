import { GetFunctionUrlConfigCommand, LambdaClient, ResourceNotFoundException } from "@aws-sdk/client-lambda";
import { Hash } from "@smithy/core/serde";
import { SignatureV4 } from "@smithy/signature-v4";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { redactText } from "../../service/platform/redaction.ts";
import type { RequestOf, SupportAction } from "../../service/support/requests.ts";
import type { SupportResponse } from "../../service/support/results.ts";
import { getEnvironment } from "../../stacks/environments/index.ts";
import { functionName, supportFunction, supportPolicyName } from "../../stacks/names.ts";
import { describeMissingService, explainAwsFailure } from "../aws/explain-failure.ts";
import { createRequestLimits } from "../aws/request-limits.ts";
import { OperatorError } from "../cli/errors.ts";
import { runResumable } from "../cli/interruptible.ts";
import { isLoopback } from "../cli/service-url.ts";

/** More than the timeout of the function, which its URL then answers with 502. */
const requestTimeoutMs = 40_000;

/** A request as the function reads it, with what may be left out. */
export type ToSupport<Action extends SupportAction> = Omit<RequestOf<Action>, "show"> & { readonly show?: boolean };

/** The function of an environment, and how to sign requests to it. */
interface Target {
  readonly environment: DeployedEnvironment;
  readonly name: string;
  readonly region: string;
  readonly url: URL;
  readonly credentials: LambdaClient["config"]["credentials"];
}

/**
 * Calls the support function of an environment by its URL, signed with the operator's credentials.
 *
 * @throws {OperatorError} if the caller has no permission, or the function refuses, fails or does not respond. It says whether
 *   something may have been done
 */
export async function callSupport<Action extends SupportAction>(
  environment: DeployedEnvironment,
  request: ToSupport<Action>,
): Promise<SupportResponse<Action>> {
  const target = await findFunction(environment);
  const body = JSON.stringify(request);
  const headers = await sign(target, body);
  const { status, text } = await runResumable(
    () => send(target, body, headers),
    () => ({ why: `${target.name} continues in ${target.region}.`, action: describeUnknownOutcome(environment) }),
  );
  const response = parse(text);
  if (status === 200 && response?.audit_entry) return response as SupportResponse<Action>;
  throw toError(target, status, response);
}

async function findFunction(environment: DeployedEnvironment): Promise<Target> {
  const { region } = getEnvironment(environment);
  const name = functionName(environment, supportFunction);
  const lambda = new LambdaClient({ region, requestHandler: createRequestLimits() });
  const fail = (error: unknown): never => {
    const isMissing = error instanceof ResourceNotFoundException;
    const { why, action } = isMissing
      ? { why: "The function or its URL does not exist.", action: describeMissingService(environment) }
      : explainAwsFailure("AWS Lambda", error);
    const isDenied = (error as Error).name.startsWith("AccessDenied");
    throw new OperatorError("support-function-not-found", {
      what: `The URL of ${name} in ${region} is unknown, and nothing was done.`,
      why,
      action: isDenied ? describePolicy(environment) : action,
      cause: error,
    });
  };
  const { FunctionUrl = "" } = await lambda.send(new GetFunctionUrlConfigCommand({ FunctionName: name })).catch(fail);
  const url = URL.parse(FunctionUrl);
  // Personal data comes from there.
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname))) {
    return { environment, name, region, url, credentials: lambda.config.credentials };
  }
  throw new OperatorError("support-url-insecure", {
    what: `The URL of ${name} does not begin with https, and nothing was done.`,
    why: "It does not come from AWS Lambda.",
    action: "Unset AWS_ENDPOINT_URL to use AWS itself.",
  });
}

/** The headers of a signed request: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-invocation-basics */
async function sign({ url, region, credentials }: Target, body: string): Promise<Record<string, string>> {
  const signer = new SignatureV4({ service: "lambda", region, credentials, sha256: Hash.bind(null, "sha256") });
  const { headers } = await signer.sign({
    method: "POST",
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    headers: { host: url.host, "content-type": "application/json" },
    body,
  });
  // `fetch` sets it itself.
  const { host: _, ...others } = headers;
  return others;
}

async function send({ url, name, region, environment }: Target, body: string, headers: object) {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { ...headers },
      body,
      // A redirect would lead elsewhere than to Lambda.
      redirect: "error",
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    const { cause = error } = error as { cause?: NodeJS.ErrnoException };
    const isUnsent = ["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED"].includes(String((cause as NodeJS.ErrnoException).code));
    throw new OperatorError("support-function-unreachable", {
      what: `${name} in ${region} did not respond.`,
      why: `${redactText((cause as Error).message)}.`,
      action: isUnsent
        ? "Nothing was done. Check your network connection, and run this again."
        : describeUnknownOutcome(environment),
      cause: error,
    });
  }
}

interface Body {
  readonly type?: string;
  readonly detail?: string;
  readonly Message?: string;
  readonly message?: string;
  readonly deleted_at?: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
  readonly audit_entry?: string;
}

function parse(text: string): Body | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? body : undefined;
  } catch {
    return undefined;
  }
}

/** The error of a response that is no result: a problem of the function, or what Lambda says in its place. */
function toError({ name, region, environment }: Target, status: number, body: Body = {}): OperatorError {
  const problem = body.type?.split("/").at(-1);
  const log = `The log group is /aws/lambda/${name}.`;
  const what = `${name} in ${region} responded with ${status}.`;
  if (problem === "user-not-found" || problem === "user-deleted") {
    const deletedAt = body.deleted_at && ` It was deleted at ${body.deleted_at}.`;
    return new OperatorError("support-user-not-found", {
      what: `There is no such account in ${environment}.${deletedAt ?? ""}`,
      why: "The search is in the audit log.",
      action: "Check the address or id, and the environment.",
    });
  }
  if (problem === "invalid-body" || problem === "unsupported-event") {
    const faults = body.errors?.map(({ pointer, detail }) => `${pointer} ${detail}`).join(", ") ?? body.detail;
    return new OperatorError("support-request-refused", {
      what: `${name} in ${region} does not accept the request, and nothing was done.`,
      why: `${redactText(String(faults)).replace(/\.$/, "")}.`,
      action: `If your options are right, the function belongs to another release: deploy ${environment} from this checkout. ${log}`,
    });
  }
  if (problem !== undefined) {
    const isUndone = ["not-recorded", "unknown-caller", "mail-not-queued"].includes(problem);
    return new OperatorError("support-action-failed", {
      what,
      why: redactText(String(body.detail)),
      action: isUndone ? `Nothing was done. ${log}` : `${describeUnknownOutcome(environment)} ${log}`,
    });
  }
  const said = redactText(String(body.Message ?? body.message ?? "It gave no reason")).replace(/\.$/, "");
  if (status === 403) {
    return new OperatorError("support-not-permitted", {
      what: `You may not call ${name} in ${region}, and nothing was done.`,
      why: `AWS refused the request: ${said}.`,
      action: `${describePolicy(environment)} If it names the signature or the token, renew your credentials.`,
    });
  }
  if (status === 429) {
    return new OperatorError("support-throttled", {
      what: `${name} in ${region} is busy, and nothing was done.`,
      why: "Others use all of its reserved concurrency.",
      action: "Run this again in a minute.",
    });
  }
  return new OperatorError("support-function-failed", {
    what,
    why: `${said}.`,
    action: `${describeUnknownOutcome(environment)} ${log}`,
  });
}

const describePolicy = (environment: DeployedEnvironment): string =>
  `Use credentials of a permission set with the policy ${supportPolicyName(getEnvironment(environment))}: docs/support.md.`;

const describeUnknownOutcome = (environment: DeployedEnvironment): string =>
  `It may have been done. Look before you run this again: npm run -s ops -- users audit USER_ID --environment ${environment} --reason TICKET`;
