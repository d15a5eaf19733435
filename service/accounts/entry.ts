import type { Context, SQSBatchResponse } from "aws-lambda";
import { isSqsEvent, refuseEvent } from "../cloud/unsupported-events.ts";
import { systemClock } from "../platform/clock.ts";
import { jsonLogger } from "../platform/logging.ts";
import { limitNameResolution } from "../platform/name-resolution.ts";
import { once } from "../platform/once.ts";
import { logTlsConnections } from "../platform/tls-connections.ts";
import { mailSenderSettings, readSettings } from "../settings.ts";

// Each function imports what it needs, and reads its variables, at its first event: the others of this archive have neither.
limitNameResolution(process.env);
const log = jsonLogger();
logTlsConnections(log, systemClock);

const sender = once(async () => {
  const { MailSender } = await import("../mail/sender.ts");
  return new MailSender({ ...readSettings(mailSenderSettings, process.env), log, clock: systemClock });
});

const supporter = once(async () => {
  const { createSupportFunction } = await import("../support/cloud.ts");
  return createSupportFunction(log);
});

/** SQS invokes this function with mails of the queue. It returns those that SQS has to deliver again. */
export const sendMails = async (event: unknown, context: Context): Promise<SQSBatchResponse | object> => {
  if (isSqsEvent(event)) return (await sender()).send(event, context);
  return refuseEvent({ log, event, supported: "batches of messages from SQS", requestId: context.awsRequestId });
};

/** `ops users` calls this function by its URL. */
export const support = async (event: unknown, context: Context): Promise<object> => (await supporter())(event, context);
