import { expect } from "chai";
import type { Backends } from "../../service/dependencies.ts";
import type { Clock } from "../../service/platform/clock.ts";
import { jsonLogger } from "../../service/platform/logging.ts";
import { Metrics } from "../../service/platform/metrics.ts";
import { supportHandler } from "../../service/support/handler.ts";
import { toFunctionUrlEvent } from "./function-url.ts";

/** A session of a role of IAM Identity Center, whose name is the person's address. */
export const operatorArn =
  "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Support_0123456789abcdef/sue@ecobeat.app";

/** Has support do all that it can for an account, up to its deletion. @returns the lines of its log */
export async function callEverySupportAction(
  backends: Backends,
  { id: user_id, email }: { readonly id: string; readonly email: string },
  clock: Clock = Date.now,
): Promise<Record<string, unknown>[]> {
  const lines: Record<string, unknown>[] = [];
  const log = jsonLogger((line) => lines.push(JSON.parse(line)));
  const handler = supportHandler({ backends, apiUrl: "https://api.test", clock, log, metrics: new Metrics(Date.now) });
  for (const request of [
    { action: "find", email },
    ...["show", "sessions", "end-sessions", "export", "resend", "audit", "delete", "delete"].map((action) => ({
      action,
      user_id,
    })),
  ]) {
    const body = JSON.stringify({ reason: "TICKET-4711", ...request });
    const result = await handler(toFunctionUrlEvent(operatorArn, { body }));
    expect(result, JSON.stringify([request, result])).to.include({ statusCode: 200 });
  }
  return lines;
}
