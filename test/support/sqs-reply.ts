import { createHash } from "node:crypto";

/** The reply of SQS to `SendMessage`. The SDK compares the hash with what it has sent. */
export const toSendMessageReply = (body: unknown): { MessageId: string; MD5OfMessageBody: string } => ({
  MessageId: "id",
  MD5OfMessageBody: createHash("md5").update(String(body)).digest("hex"),
});
