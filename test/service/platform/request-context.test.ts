import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { MemorySessionStore } from "../../../service/local/memory-session-store.ts";
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
