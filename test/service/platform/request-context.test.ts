import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { MemorySessionStore } from "../../../service/local/memory-session-store.ts";
import { listenHttp } from "../../support/listen.ts";
import { startService } from "../../support/service.ts";

describe("The log line of a request", () => {
  it("says that its client went away before the response", async () => {
    const sessions = new MemorySessionStore();
    const client = new AbortController();
    sessions.ping = () => {
      client.abort();
      return new Promise(() => {});
    };
    await using service = await startService({ sessions: async () => sessions });
    const path = `${service.url}/health/ready`;
    const error = await fetch(path, { signal: client.signal }).catch((error: Error) => error);
    expect(error).to.include({ name: "AbortError" });
    const find = () => service.lines.find(({ message }) => message === "request");
    while (!find()) await delay(5);
    expect(find()).to.include({ route: "/health/ready", aborted: true });
  });

  it("does not say so of a response that was sent", async () => {
    await using service = await startService();
    await service.send("GET", "/health/live");
    expect(service.lines).to.have.length(1);
    expect(service.lines[0]).to.include({ route: "/health/live" }).and.not.have.property("aborted");
  });
});

describe("An error after the response has begun", () => {
  it("is one line of the log, and nothing on the console", async () => {
    await using service = await startService();
    const server = createServer((request, response) => {
      const end = response.end.bind(response);
      response.end = ((...parameters: []) => {
        end(...parameters);
        throw new Error("of ann@example.com");
      }) as typeof response.end;
      service.app(request, response);
    });
    const url = await listenHttp(server);
    const { error } = console;
    const printed: unknown[] = [];
    console.error = (...values) => printed.push(...values);
    try {
      await fetch(`${url}/health/live`).catch(() => {});
      const find = () => service.lines.find(({ message }) => message === "request failed after its response");
      while (!find() && printed.length === 0) await delay(5);
      expect(printed).to.deep.equal([]);
      expect(find()).to.have.nested.include({ level: "error", "cause.message": "of [e-mail]" });
      expect(find()?.request_id).to.be.a("string");
    } finally {
      console.error = error;
      server.closeAllConnections();
      server.close();
    }
  });
});
