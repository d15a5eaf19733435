import { isUtf8 } from "node:buffer";
import { randomUUID } from "node:crypto";
import { isObject, refuseEvent } from "../cloud/unsupported-events.ts";
import { systemClock } from "../platform/clock.ts";
import { outsideRequest, RequestDeadline, runUntil } from "../platform/deadline.ts";
import { toProblem } from "../platform/error-handler.ts";
import { type Problem, problems, toProblemDetails } from "../platform/problems.ts";
import { redactText } from "../platform/redaction.ts";
import { defaultTimeouts } from "../platform/timeouts.ts";
import { validateBody } from "../platform/validation.ts";
import { canonicalEmail } from "../users/email.ts";
import { perform } from "./actions.ts";
import type { AuditEntry, AuditLog } from "./audit-log.ts";
import { createSupportDependencies, type SupportDependencies, type SupportOptions } from "./dependencies.ts";
import { maskEmail } from "./masking.ts";
import { supportProblems } from "./problems.ts";
import { disclosesPersonalData, supportRequest } from "./requests.ts";

/** What a request needs. */
interface Support extends Pick<SupportOptions, "log" | "metrics"> {
  readonly dependencies: SupportDependencies;
}

/** The parts of Lambda's context that the function uses. */
export interface SupportInvocation {
  readonly awsRequestId?: string;
  getRemainingTimeInMillis?(): number;
}

/** A response of a function URL, payload version 2.0. */
export interface FunctionUrlResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Many times the longest request. */
const maxBodyBytes = 8_192;

/** Who has signed a request, as Lambda found out. */
interface Caller {
  readonly arn: string;
  readonly sourceIp: string;
}

/**
 * The handler of the support function. It serves requests of its function URL with the authentication `AWS_IAM`, and no other event:
 * only there Lambda has verified who the caller is.
 *
 * Before it does anything, it writes to the audit log who does what and why. Without a confirmation of the database, it does nothing.
 * Each entry is also in the log of the function, from which no function can delete it.
 */
export function supportHandler(options: SupportOptions) {
  const { log, metrics, clock = systemClock, timeouts = defaultTimeouts } = options;
  const support: Support = { dependencies: createSupportDependencies({ ...options, clock, timeouts }), log, metrics };
  return async (event: unknown, invocation: SupportInvocation = {}): Promise<FunctionUrlResponse | object> => {
    const { awsRequestId: id = randomUUID() } = invocation;
    if (!isFunctionUrlEvent(event)) {
      return refuseEvent({ log, event, supported: "requests of its function URL", requestId: id });
    }
    const remaining = invocation.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY;
    const deadline = new RequestDeadline(Math.min(timeouts.request, remaining - timeouts.requestMargin), () => {});
    try {
      return await runUntil(deadline, async () => respond(200, await serve(support, event, id)));
    } catch (error) {
      const problem = toProblem(error);
      log.write(problem.status >= 500 ? "error" : "info", "support request failed", {
        request_id: id,
        problem: problem.type,
        dependency: problem.dependency,
        cause: problem.status >= 500 ? (problem.cause ?? error) : undefined,
        ...metrics.flush(),
      });
      return respondProblem(problem, id);
    } finally {
      deadline.end();
    }
  };
}

async function serve(support: Support, event: FunctionUrlEvent, id: string): Promise<object> {
  const { dependencies, log, metrics } = support;
  const caller = getCaller(event);
  if (!caller) throw supportProblems.unknownCaller();
  const request = validateBody(supportRequest, parseBody(event));
  const discloses = disclosesPersonalData(request);
  const entry: AuditEntry = {
    _id: id,
    at: new Date(dependencies.clock()),
    caller: caller.arn,
    sourceIp: caller.sourceIp,
    action: request.action,
    // A reason with an address or a token must not keep it.
    reason: redactText(request.reason),
    discloses,
    ...("user_id" in request && { userId: request.user_id }),
    ...("email" in request && { searched: maskEmail(canonicalEmail(request.email)!) }),
  };
  const audit = await begin(support, entry);
  if (discloses) metrics.count("SupportDisclosures");
  if (request.action === "delete") metrics.count("SupportDeletions");
  log.write("info", "audit entry", { ...toLogFields(entry), ...metrics.flush() });

  const record = (outcome: Pick<Parameters<AuditLog["end"]>[0], "outcome" | "problem" | "userId">) =>
    end(support, audit, id, outcome);
  try {
    const { result, userId } = await perform(dependencies, request, id);
    await record({ outcome: "done", userId });
    return { ...result, audit_entry: id };
  } catch (error) {
    await record({
      outcome: "failed",
      problem: toProblem(error).type,
      ...("user_id" in request && { userId: request.user_id }),
    });
    throw error;
  }
}

async function begin({ dependencies }: Support, entry: AuditEntry): Promise<AuditLog> {
  try {
    const log = await dependencies.audit();
    await log.begin(entry);
    return log;
  } catch (error) {
    throw supportProblems.notRecorded(error);
  }
}

/** Adds how an act ended. The act cannot be undone: a failure is logged, and the outcome in the audit log stays unknown. */
async function end(
  { dependencies, log, metrics }: Support,
  audit: AuditLog,
  entry: string,
  outcome: { outcome: "done" | "failed"; problem?: string; userId?: string },
): Promise<void> {
  const document = { entry, at: new Date(dependencies.clock()), ...outcome };
  // Also when the deadline of the request has passed.
  const cause = await outsideRequest(() => audit.end(document)).then(
    () => undefined,
    (error: unknown) => error,
  );
  log.write(cause ? "error" : "info", cause ? "audit outcome not stored" : "audit outcome", {
    audit_entry: entry,
    outcome: outcome.outcome,
    problem: outcome.problem,
    user_id: outcome.userId,
    cause,
    ...metrics.flush(),
  });
}

/** The fields of an entry's line in the log. */
const toLogFields = ({ _id, caller, sourceIp, action, reason, discloses, userId, searched }: AuditEntry) => ({
  audit_entry: _id,
  // The name of a session is often the operator's address, which the log would redact, and it must name the operator.
  caller: caller.replaceAll("@", " at "),
  source_ip: sourceIp,
  action,
  reason,
  discloses,
  user_id: userId,
  searched: searched?.replaceAll("@", " at "),
});

/** https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads */
interface FunctionUrlEvent {
  readonly requestContext: {
    readonly http: { readonly method: string; readonly sourceIp: string };
    /** Only with the authentication `AWS_IAM`. */
    readonly authorizer?: { readonly iam?: { readonly userArn?: unknown } };
  };
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

function isFunctionUrlEvent(event: unknown): event is FunctionUrlEvent {
  if (!isObject(event) || event.version !== "2.0" || !isObject(event.requestContext)) return false;
  const { http } = event.requestContext;
  return isObject(http) && typeof http.method === "string" && typeof http.sourceIp === "string";
}

function getCaller({ requestContext: { authorizer, http } }: FunctionUrlEvent): Caller | undefined {
  const arn = authorizer?.iam?.userArn;
  return typeof arn === "string" && /^arn:aws:(iam|sts)::\d{12}:./.test(arn)
    ? { arn, sourceIp: http.sourceIp }
    : undefined;
}

function parseBody({ body = "", isBase64Encoded }: FunctionUrlEvent): unknown {
  const bytes = Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
  if (bytes.length > maxBodyBytes) throw problems.bodyTooLarge();
  if (!isUtf8(bytes)) throw problems.invalidUtf8();
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw problems.malformedJson();
  }
}

const respond = (statusCode: number, body: object, type = "application/json"): FunctionUrlResponse => ({
  statusCode,
  headers: { "Content-Type": type, "Cache-Control": "no-store" },
  body: JSON.stringify(body),
});

const respondProblem = (problem: Problem, id: string): FunctionUrlResponse =>
  respond(problem.status, toProblemDetails(problem, id), "application/problem+json");
