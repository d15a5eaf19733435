import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { json } from "node:stream/consumers";
import { expect } from "chai";
import { ReleaseLog } from "../../../scripts/release/release-log.ts";
import { listenHttp, useServer } from "../../support/listen.ts";
import { awsAt, setVariables } from "../../support/variables.ts";

describe("The release log", () => {
  it("times out if CloudWatch Logs accepts connections and does not respond", async () => {
    const server = createServer();
    const restore = setVariables(awsAt(await listenHttp(server)));
    const failure = await new ReleaseLog("staging").read(1).catch((error: Error) => error);
    restore();
    server.close();
    expect(failure).to.include({ name: "TimeoutError" });
  });

  describe("in pages", () => {
    /** Numbers of the events by page, newest page first. Some are empty, with others behind them. */
    const pages = [[], [5, 6], [], [], [3, 4], [1, 2], []];
    let received: { nextToken?: string; limit: number; startFromHead: boolean }[] = [];
    const server = createHttpServer(async (request, response) => {
      const input = (await json(request)) as (typeof received)[number];
      received.push(input);
      const page = Number(input.nextToken ?? 0);
      const events = (pages[page] ?? []).slice(-input.limit).map((number) => ({ message: JSON.stringify({ number }) }));
      response.setHeader("content-type", "application/x-amz-json-1.1");
      response.end(JSON.stringify({ events, nextBackwardToken: `${Math.min(page + 1, pages.length)}` }));
    });
    const port = useServer(server);
    const read = async (limit: number) => {
      received = [];
      const restore = setVariables(awsAt(`http://127.0.0.1:${port()}`));
      const events = await new ReleaseLog("staging").read(limit);
      restore();
      return events.map((event) => (event as unknown as { number: number }).number);
    };

    it("is read until a token repeats", async () => {
      expect(await read(100)).to.deep.equal([6, 5, 4, 3, 2, 1]);
      expect(received.map(({ nextToken }) => nextToken)).to.deep.equal([undefined, "1", "2", "3", "4", "5", "6", "7"]);
      expect(received.map(({ startFromHead }) => startFromHead)).to.deep.equal(received.map(() => false));
    });

    it("is read until the limit is reached", async () => {
      expect(await read(3)).to.deep.equal([6, 5, 4]);
      expect(received.map(({ limit }) => limit)).to.deep.equal([3, 3, 1, 1, 1]);
    });
  });
});
