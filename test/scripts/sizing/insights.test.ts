import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { CloudWatchLogsClient, CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { expect } from "chai";
import { openEmulatorAccount } from "../../../scripts/drill/emulator-account.ts";
import { queryInsights, reportQuery } from "../../../scripts/sizing/insights.ts";
import { computeUsdPerMillion } from "../../../scripts/sizing/sizing.ts";
import { expectCode } from "../../support/errors.ts";
import { report } from "../../support/lambda-report.ts";
import { listenHttp } from "../../support/listen.ts";
import { queryFields } from "../../support/query-fields.ts";
import { describeWith } from "../../support/real-services.ts";
import { awsAt, setVariables } from "../../support/variables.ts";

const metrics = "record.metrics";

/** A row in a response of Insights: all values are text, and a field without a value is absent. */
const row = (id: string, memoryMb: number, figures: Record<string, number>, status = "success") =>
  Object.entries({
    "@log": `111122223333:/aws/lambda/ecobeat-staging-${id}`,
    [`${metrics}.memorySizeMB`]: memoryMb,
    "record.status": status,
    ...figures,
  }).map(([field, value]) => ({ field, value: `${value}` }));

const warm = (p95: number) => ({ requests: 50, p50: 10, p95, p99: 90, billed: 12.5, used: 120 });

describe("Figures by CloudWatch Logs Insights", () => {
  let results: object[] = [];
  let statuses: string[] = [];
  const calls: { operation: string; input: Record<string, unknown> }[] = [];
  /** An incomplete query has some of its results. Those of a complete one have pages: an empty one, and another one. */
  const getResults = (token: unknown) => {
    const status = statuses.length > 1 ? statuses.shift() : statuses[0];
    if (status !== "Complete") return { status, results: results.slice(1) };
    return token === "rest" ? { status, results } : { status, results: [], nextToken: "rest" };
  };
  const server = createServer(async (request, response) => {
    const operation = `${request.headers["x-amz-target"]}`.split(".")[1]!;
    const input = (await json(request)) as Record<string, unknown>;
    calls.push({ operation, input });
    response.setHeader("content-type", "application/x-amz-json-1.1");
    const body = operation === "StartQuery" ? { queryId: "query" } : getResults(input.nextToken);
    response.end(JSON.stringify(body));
  });
  let restore: () => void;
  before(async () => {
    restore = setVariables(awsAt(await listenHttp(server)));
  });
  after(() => {
    restore();
    server.closeAllConnections();
    server.close();
  });

  it("are those of each function and size, of warm and successful invocations", async () => {
    statuses = ["Scheduled", "Running", "Complete"];
    results = [
      row("api", 1_024, warm(20)),
      row("api", 512, warm(40)),
      row("api", 512, { ...warm(5_000), requests: 3, init: 700, used: 200 }),
      row("auth", 512, warm(40)),
      row("auth", 512, { ...warm(30_000), requests: 2 }, "timeout"),
    ];
    const [api, auth, ...others] = await queryInsights("staging", 7);
    expect(others).to.deep.equal([]);
    expect(api).to.deep.include({ group: "ecobeat-staging-api" });
    expect(api!.sizes.map(({ memoryMb }) => memoryMb)).to.deep.equal([512, 1_024]);
    expect(api!.sizes[0]).to.deep.equal({
      memoryMb: 512,
      requests: 50,
      p50Ms: 10,
      p95Ms: 40,
      p99Ms: 90,
      billedMs: 12.5,
      coldStarts: 3,
      initMs: 700,
      maxUsedMb: 200,
      failures: 0,
      usdPerMillion: computeUsdPerMillion(512, 12.5),
    });
    expect(api!.recommendation.memoryMb).to.equal(1_024);
    expect(auth!.sizes[0]).to.include({ p95Ms: 40, failures: 2 });
    expect(auth!.recommendation.reason).to.contain("requests failed at 512 MB");
    const { input } = calls.find(({ operation }) => operation === "StartQuery")!;
    expect(input).to.deep.include({
      logGroupNames: ["/aws/lambda/ecobeat-staging-api", "/aws/lambda/ecobeat-staging-auth"],
      queryString: reportQuery,
    });
    expect(Number(input.endTime) - Number(input.startTime)).to.equal(7 * 24 * 60 * 60);
  });

  it("come from fields that a report has", () => {
    const known = Object.keys(report.record.metrics).map((name) => `${metrics}.${name}`);
    expect(["type", "@log", "record.status", ...known]).to.include.members(queryFields(reportQuery));
  });

  it("are none when the query fails", async () => {
    statuses = ["Timeout"];
    const error = await expectCode("insights-query-failed", () => queryInsights("staging", 7));
    expect(error.message).to.include("Timeout");
  });
});

describeWith("AWS_ENDPOINT_URL", "Figures by the emulator's CloudWatch Logs Insights", () => {
  it("require log groups with reports", async () => {
    const account = await openEmulatorAccount(process.env.AWS_ENDPOINT_URL!, "eu-west-1");
    const restore = setVariables(account.variables);
    try {
      const read = () => queryInsights("staging", 7);
      const { message } = await expectCode("function-logs-not-read", read);
      expect(message).to.include("ecobeat-staging-service");
      const logs = new CloudWatchLogsClient(account.clientConfig);
      for (const id of ["api", "auth"]) {
        await logs.send(new CreateLogGroupCommand({ logGroupName: `/aws/lambda/ecobeat-staging-${id}` }));
      }
      await expectCode("invocation-reports-not-found", read);
    } finally {
      restore();
    }
  });
});
