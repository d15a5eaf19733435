import { randomBytes } from "node:crypto";
import { BSON } from "mongodb";
import type { WireDatabase } from "./wire-database.ts";

/** What a client has sent of an authentication by `MONGODB-AWS`. */
export interface AwsConversation {
  mechanism: string;
  /** The header `Authorization` of a signed call of `GetCallerIdentity`. */
  authorization?: string;
  sessionToken?: string;
}

/** Commands that need no authentication. */
const open = ["hello", "ismaster", "ping"];

/**
 * Makes a server require `MONGODB-AWS` on each connection, as Atlas does of an IAM role. It does not check signatures, which Atlas
 * leaves to STS. Like any server it lists `saslSupportedMechs` only for a client that asks: with a mechanism in its connection
 * string, the driver does not.
 *
 * https://github.com/mongodb/specifications/blob/master/source/auth/auth.md#mongodb-aws
 *
 * @returns the conversations; each is added at its `saslStart`
 */
export function requireAwsAuthentication(server: WireDatabase): AwsConversation[] {
  const conversations: AwsConversation[] = [];
  const begun = new WeakMap<object, AwsConversation>();
  const authenticated = new WeakSet<object>();
  server.intercept = (name, command, connection) => {
    if (name === "saslStart") {
      const conversation: AwsConversation = { mechanism: command.mechanism };
      conversations.push(conversation);
      begun.set(connection, conversation);
      const { r } = BSON.deserialize(command.payload.value());
      const nonce = Buffer.concat([r.value(), randomBytes(32)]);
      return saslResponse(false, BSON.serialize({ s: nonce, h: "sts.amazonaws.com" }));
    }
    if (name === "saslContinue") {
      const { a, t } = BSON.deserialize(command.payload.value());
      Object.assign(begun.get(connection)!, { authorization: a, sessionToken: t });
      authenticated.add(connection);
      return saslResponse(true, Buffer.alloc(0));
    }
    if (authenticated.has(connection) || open.includes(name)) return undefined;
    return { ok: 0, code: 13, codeName: "Unauthorized", errmsg: `Command ${name} requires authentication` };
  };
  return conversations;
}

const saslResponse = (done: boolean, payload: Uint8Array) => ({ ok: 1, conversationId: 1, done, payload });
