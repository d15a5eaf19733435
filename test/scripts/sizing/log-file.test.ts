import { expect } from "chai";
import { anyRoute, parseLog, parseReportLine } from "../../../scripts/sizing/log-file.ts";
import { report } from "../../support/lambda-report.ts";

const id = "bf5f58db-ef7d-4cb2-b3c6-266eba1bbedb";
const plain = `REPORT RequestId: ${id}\tDuration: 395.99 ms\tBilled Duration: 662 ms\tMemory Size: 512 MB\tMax Memory Used: 301 MB`;
const warm = { requestId: id, durationMs: 395.99, billedMs: 662, memoryMb: 512, usedMb: 301, failed: false };

describe("A REPORT line", () => {
  it("is read with whatever stands behind it", () => {
    const xray = "XRAY TraceId: 1-5e34a614-10bdxmplf1fb44f07bc535a1\tSegmentId: 07f5xmpl2d1f6f85\tSampled: true";
    expect(parseReportLine(`${plain}\t\n`)).to.deep.equal(warm);
    expect(parseReportLine(`${plain}\t\n${xray}`)).to.deep.equal(warm);
    expect(parseReportLine(`${plain}\tInit Duration: 265.72 ms\t\n${xray}`)).to.deep.equal({ ...warm, initMs: 265.72 });
    const snapshot = "Restore Duration: 511.89 ms\tBilled Restore Duration: 60 ms";
    expect(parseReportLine(`${plain}\t${snapshot}`)).to.deep.equal({ ...warm, initMs: 511.89 });
    expect(parseReportLine(`${plain}\tStatus: timeout`)).to.include({ failed: true });
    const error = `${plain}\tStatus: error\tError Type: Runtime.ExitError`;
    expect(parseReportLine(error)).to.include({ failed: true });
  });

  it("is found behind a time and a stream, with blanks for tabs, and nowhere else", () => {
    const exported = `2026-10-12T00:01:15 2026/10/12/[7]0d9c ${plain.replaceAll("\t", "  ")}`;
    expect(parseReportLine(exported)).to.deep.equal(warm);
    for (const other of [`START RequestId: ${id} Version: 7`, "", "REPORT RequestId: x"])
      expect(parseReportLine(other), other).to.equal(undefined);
  });
});

describe("A log", () => {
  const request = (request_id: string, route: string) => ({
    timestamp: "2026-10-12T00:01:15.000Z",
    level: "info",
    message: "request",
    request_id,
    method: "GET",
    route,
    status: 200,
  });

  it("is read as text, as lines of JSON, and as what `aws logs` prints, with strange lines between", () => {
    const json = JSON.stringify(report);
    const events = JSON.stringify({ events: [{ message: `${plain}\n` }, { message: `${json}\n` }] }, null, 2);
    for (const text of [
      `INIT_START\n\n${plain}\n{"half": \n${json}\n`,
      `${JSON.stringify({ timestamp: 1, message: plain })}\n${JSON.stringify({ message: json })}`,
      `2026-10-12T00:01:15 stream ${plain}\n2026-10-12T00:01:15 stream ${json}\nnull\n[]\n7`,
      events,
    ]) {
      const samples = parseLog(text);
      expect(samples[0]).to.deep.equal({ group: anyRoute, ...warm });
      expect(samples[1]).to.deep.equal({
        group: anyRoute,
        requestId: "6f7f0961f83442118a7af6fe80b88d56",
        durationMs: 101.51,
        billedMs: 300,
        memoryMb: 512,
        usedMb: 133,
        initMs: 116.67,
        failed: true,
      });
    }
  });

  it("gives an invocation the route of the service's line with its request id", () => {
    const text = `${JSON.stringify(request(id, "/v1/users/me"))}\n${plain}\n${plain.replace(id, "other")}`;
    expect(parseLog(text).map(({ group }) => group)).to.deep.equal(["GET /v1/users/me", anyRoute]);
  });

  it("gives it the route of the line before it in its stream, never one of another stream", () => {
    const event = (logStreamName: string, message: unknown) => ({
      logStreamName,
      message: typeof message === "string" ? message : JSON.stringify(message),
    });
    const events = [
      event("a", request("gateway-1", "/health/live")),
      event("b", request("gateway-2", "/v1/users/me")),
      event("a", plain),
      event("b", plain),
      event("a", plain),
    ];
    expect(parseLog(JSON.stringify({ events })).map(({ group }) => group)).to.deep.equal([
      "GET /health/live",
      "GET /v1/users/me",
      anyRoute,
    ]);
  });
});
