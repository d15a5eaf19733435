import type { Backends } from "../../../service/dependencies.ts";
import { jsonLogger } from "../../../service/platform/logging.ts";
import { Metrics } from "../../../service/platform/metrics.ts";
import { defaultTimeouts, type Timeouts } from "../../../service/platform/timeouts.ts";
import { supportHandler } from "../../../service/support/handler.ts";
import { operatorArn } from "../../support/call-every-support-action.ts";
import { toFunctionUrlEvent } from "../../support/function-url.ts";

export const reason = "TICKET-4711 cannot log in";

/** What a request of the support function returned. */
export interface SupportCall {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: each action has another shape
  readonly body: any;
}

/** The support function upon the backends of a test. */
export function createSupport(backends: Backends, timeouts: Timeouts = defaultTimeouts) {
  const lines: Record<string, unknown>[] = [];
  const log = jsonLogger((line) => lines.push(JSON.parse(line)));
  const handler = supportHandler({
    backends,
    apiUrl: "https://api.test",
    log,
    metrics: new Metrics(Date.now),
    timeouts,
  });
  const call = async (request: object | string, userArn: string | null = operatorArn): Promise<SupportCall> => {
    const body = typeof request === "string" ? request : JSON.stringify({ reason, ...request });
    const result = (await handler(toFunctionUrlEvent(userArn ?? undefined, { body }))) as {
      statusCode: number;
      body: string;
    };
    return { status: result.statusCode, body: JSON.parse(result.body) };
  };
  return { handler, lines, call };
}
