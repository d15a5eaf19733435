import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { KMSClient, paginateListKeys } from "@aws-sdk/client-kms";
import { paginateListHostedZones, Route53Client } from "@aws-sdk/client-route-53";
import { expect } from "chai";
import { releaseLogName } from "../../stacks/names.ts";
import { sendFromBrowser, sendFromPhone } from "../clients/mobile/senders.ts";
import { EmulatedEnvironment } from "../scripts/release/emulated-environment.ts";
import { servePage } from "./aws-pages.ts";
import { getPrivileges } from "./database-user.ts";
import { useServer } from "./listen.ts";
import { describeWith } from "./real-services.ts";
import { useService } from "./service.ts";
import { WireDatabase } from "./wire-database.ts";

// The fake API Gateway has tests of its own: test/scripts/drill/gateway.test.ts.

describe("The senders of the mobile client's tests", () => {
  const service = useService();
  const request = () => new Request(`${service.url}/v1/users/me`);
  const names = ["www-authenticate", "x-amzn-remapped-www-authenticate", "x-request-id"];

  it("get renamed headers, of which a web page sees only those that CORS exposes", async () => {
    const [phone, page] = [await sendFromPhone(request()), await sendFromBrowser(request())];
    expect([phone.status, page.status]).to.deep.equal([401, 401]);
    const seen = ({ headers }: Response) => names.map((name) => headers.has(name));
    expect(seen(phone)).to.deep.equal([false, true, true]);
    expect(seen(page)).to.deep.equal([false, false, true]);
  });

  it("cannot clone the response on a phone", async () => {
    const response = await sendFromPhone(request());
    expect(() => response.clone()).to.throw();
  });
});

describe("The fake MongoDB", () => {
  const server = new WireDatabase();
  before(() => server.start());
  after(() => server.stop());

  it("refuses bypassDocumentValidation to readWrite, and accepts it from dbAdmin", async () => {
    const insert = () => server.open("db").collection("c").insertOne({}, { bypassDocumentValidation: true });
    server.user.privileges = getPrivileges("readWrite", "db");
    const failure = await insert().catch((error: unknown) => error);
    expect(failure).to.include({ code: 13, codeName: "Unauthorized" });
    server.user.privileges = [...getPrivileges("readWrite", "db"), ...getPrivileges("dbAdmin", "db")];
    expect(await insert()).to.include({ acknowledged: true });
  });
});

describe("The fake AWS", () => {
  const zones = ["a", "b"].map((id) => `<HostedZone><Id>${id}</Id><Name>${id}.test.</Name></HostedZone>`).join("");
  const wholes: Readonly<Record<string, string>> = {
    "/": JSON.stringify({ Keys: [{ KeyId: "a" }, { KeyId: "b" }], Truncated: false }),
    "/2013-04-01/hostedzone": `<ListHostedZonesResponse><HostedZones>${zones}</HostedZones></ListHostedZonesResponse>`,
  };
  const port = useServer(
    createServer(async (request, response) => {
      const path = request.url!;
      const target = request.headers["x-amz-target"]?.toString();
      const sent = { method: request.method!, path, target, body: await text(request) };
      const whole = { status: 200, body: wholes[path.split("?")[0]!]! };
      response.end((await servePage(sent, async () => whole)).body);
    }),
  );
  const toConfig = () => ({
    endpoint: `http://127.0.0.1:${port()}`,
    region: "eu-west-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });

  it("serves a list in pages, of which the first is empty", async () => {
    const keys: unknown[] = [];
    for await (const { Keys } of paginateListKeys({ client: new KMSClient(toConfig()) }, {})) keys.push(Keys);
    expect(keys).to.deep.equal([[], [{ KeyId: "a" }], [{ KeyId: "b" }]]);
    const zones: unknown[] = [];
    for await (const { HostedZones } of paginateListHostedZones({ client: new Route53Client(toConfig()) }, {})) {
      zones.push(HostedZones!.map(({ Id }) => Id));
    }
    expect(zones).to.deep.equal([[], ["a"], ["b"]]);
  });
});

describeWith("AWS_ENDPOINT_URL", "The emulator of CloudWatch Logs", () => {
  it("returns an empty page with events behind it, and repeats the token at the end", async () => {
    const environment = new EmulatedEnvironment();
    await environment.create();
    const logs = new CloudWatchLogsClient(environment.account.clientConfig);
    const stream = { logGroupName: releaseLogName(environment.name), logStreamName: "stand-in" };
    await logs.send(new CreateLogStreamCommand(stream));
    const logEvents = ["1", "2"].map((message) => ({ message, timestamp: Date.now() }));
    await logs.send(new PutLogEventsCommand({ ...stream, logEvents }));
    const pages: string[][] = [];
    const tokens: (string | undefined)[] = [undefined];
    while (tokens.length < 3 || tokens.at(-1) !== tokens.at(-2)) {
      const page = await logs.send(
        new GetLogEventsCommand({ ...stream, startFromHead: false, nextToken: tokens.at(-1) }),
      );
      pages.push(page.events!.map(({ message }) => message!));
      tokens.push(page.nextBackwardToken);
    }
    await environment.remove();
    expect(pages.slice(0, 3)).to.deep.equal([[], ["2"], ["1"]]);
    expect(pages.slice(3).flat()).to.deep.equal([]);
  });
});
