import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { expect } from "chai";
import { SqsMailQueue } from "../../../service/cloud/sqs-mail-queue.ts";
import { defaultTimeouts } from "../../../service/platform/timeouts.ts";
import { listenHttp } from "../../support/listen.ts";
import { toSendMessageReply } from "../../support/sqs-reply.ts";
import { awsAt, setVariables } from "../../support/variables.ts";

describe("The queue of mails in SQS", () => {
  it("gets a new connection after a freeze, in which the last one may have been lost", async () => {
    let connections = 0;
    const server = createServer(async (request, response) => {
      const { MessageBody } = (await json(request)) as { MessageBody: string };
      response.end(JSON.stringify(toSendMessageReply(MessageBody)));
    }).on("connection", () => connections++);
    const url = await listenHttp(server);
    const restore = setVariables(awsAt(url));
    try {
      let now = 0;
      const queue = new SqsMailQueue(`${url}/123456789012/ecobeat-test-mails`, defaultTimeouts, () => now);
      for (const idle of [0, defaultTimeouts.idleConnection, defaultTimeouts.idleConnection + 1]) {
        now += idle;
        await queue.put({ kind: "none" });
      }
      expect(connections).to.equal(2);
    } finally {
      restore();
      server.closeAllConnections();
      server.close();
    }
  });
});
