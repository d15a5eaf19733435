import { expect } from "chai";
import { MongoServerSelectionError } from "mongodb";
import { appStores } from "../../service/app-version/stores.ts";
import { problems } from "../../service/platform/problems.ts";
import type { Environment } from "../../stacks/environments.ts";
import { getField } from "../support/filter-pattern.ts";
import { report } from "../support/lambda-report.ts";
import { collectRequestLines, withoutDatabase } from "../support/log-lines.ts";
import { queryFields } from "../support/query-fields.ts";
import { newPerson, startService } from "../support/service.ts";
import type { Attributes } from "../support/synthesize.ts";
import { getWidgets } from "./rules/dashboards.ts";
import { first, getStackEnvironment, type Resource, referenced, resources } from "./rules/resources.ts";
import { allStacks } from "./rules/rule.ts";

const stacks = allStacks();

/** The fields that CloudWatch discovers in a line, such as `cause.name`. */
const listFields = (line: object, prefix = ""): string[] =>
  Object.entries(line).flatMap(([name, value]) =>
    typeof value === "object" && value !== null ? listFields(value, `${prefix}${name}.`) : [`${prefix}${name}`],
  );

/** Fields that CloudWatch adds to each line. */
const discovered = ["@timestamp", "@message", "@log"];

/** https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html */
const wafFields = ["action", "terminatingRuleId", "httpRequest.clientIp", "httpRequest.country"];

let logFields: Promise<Record<string, string[]>> | undefined;

/** Fields of each kind of log, by the prefix of its group's name. */
function getLogFields(): Promise<Record<string, string[]>> {
  logFields ??= collectLogFields();
  return logFields;
}

async function collectLogFields(): Promise<Record<string, string[]>> {
  const lines = [...(await collectRequestLines({})), ...(await collectRequestLines(withoutDatabase)), report];
  const format = first(stacks, "aws_api_gateway_stage").access_log_settings.format;
  return {
    "/aws/lambda/": lines.flatMap((line) => listFields(line)),
    "/aws/apigateway/": Object.keys(JSON.parse(format)),
    "aws-waf-logs-": wafFields,
  };
}

/** A query and the names of its log groups. */
interface Query {
  readonly address: string;
  readonly environment: Environment;
  readonly text: string;
  readonly logs: readonly string[];
}

const toSavedQuery = ({ address, stack, attributes }: Resource): Query => ({
  address: `${address} ${attributes.name}`,
  environment: getStackEnvironment(stack),
  text: attributes.query_string,
  logs: attributes.log_group_names.map((group: string) => referenced(stacks, stack, group)?.attributes.name),
});

const listWidgetQueries = (dashboard: Resource): Query[] =>
  getWidgets(dashboard)
    .filter(({ type }) => type === "log")
    .map(({ properties }: Attributes) => {
      const lines: string[] = properties.query.split("\n| ");
      const sources = lines.filter((line) => line.startsWith("SOURCE "));
      return {
        address: `${dashboard.address} ${properties.title}`,
        environment: getStackEnvironment(dashboard.stack),
        text: lines.filter((line) => !sources.includes(line)).join("\n| "),
        logs: sources.map((line) => getLogName(dashboard, /'(.*)'/.exec(line)![1]!)),
      };
    });

/** The name of a log group, from its name or a reference. */
const getLogName = (dashboard: Resource, source: string): string =>
  referenced(stacks, dashboard.stack, source)?.attributes.name ?? source;

describe("queries of logs", () => {
  const queries = [
    ...resources(stacks, "aws_cloudwatch_query_definition").map(toSavedQuery),
    ...resources(stacks, "aws_cloudwatch_dashboard").flatMap(listWidgetQueries),
  ];

  it("use only fields of their logs", async () => {
    const known = await getLogFields();
    for (const { address, text, logs } of queries) {
      const fields = logs.flatMap((log) => Object.entries(known).find(([kind]) => log?.startsWith(kind))?.[1] ?? []);
      expect(logs, address).to.not.be.empty;
      expect([...discovered, ...fields], address).to.include.members(queryFields(text));
    }
  });

  it("filter problems of the catalogue", () => {
    const filters = queries.flatMap(({ text }) => [...text.matchAll(/problem like "(.+)"/g)].map(([, end]) => end));
    expect(new Set(filters)).to.deep.equal(new Set(["/app-version-too-old"]));
    expect(problems.appVersionTooOld("1.4.0", appStores).type.endsWith(filters[0]!)).to.equal(true);
  });

  it("read logs of their own environment", () => {
    for (const { address, logs, environment } of queries) {
      const own = resources(stacks, "aws_cloudwatch_log_group")
        .filter(({ stack }) => getStackEnvironment(stack) === environment)
        .map(({ attributes }) => attributes.name);
      expect(own, address).to.include.members([...logs]);
    }
  });

  it("exist in each environment", () => {
    const expected = [
      "cold starts",
      "errors by fingerprint",
      "failed logins by reason",
      "one request by its id",
      "refused versions of the app",
      "requests blocked by WAF",
      "security events",
      "slowest routes",
      "users by version of the app",
    ];
    for (const folder of ["ecobeat-staging", "ecobeat-production"]) {
      const names = resources(stacks, "aws_cloudwatch_query_definition")
        .map(({ attributes }) => attributes.name)
        .filter((name) => name.startsWith(`${folder}/`));
      expect([...new Set(names)]).to.have.members(expected.map((name) => `${folder}/${name}`));
    }
  });

  it("are rejected for a field that no line has", async () => {
    const query = 'filter rout = "/v1" and status >= 400\n| stats count(*) as n, pct(duration_ms, 9) by bin(1h), @log';
    expect(queryFields(query)).to.have.members(["rout", "status", "duration_ms", "@log"]);
    expect((await getLogFields())["/aws/lambda/"])
      .to.include.members(["status", "duration_ms"])
      .and.not.include("rout");
  });
});

describe("error tracking", () => {
  it("counts the errors of all functions of an environment by fingerprint", async () => {
    const known = await getLogFields();
    for (const rule of resources(stacks, "aws_cloudwatch_contributor_insight_rule")) {
      const { LogGroupNames, LogFormat, Contribution } = JSON.parse(rule.attributes.rule_definition);
      const names = LogGroupNames.map((group: string) => getLogName(rule, group));
      const { name } = getStackEnvironment(rule.stack);
      expect(names).to.have.members([`/aws/lambda/ecobeat-${name}-auth`, `/aws/lambda/ecobeat-${name}-api`]);
      expect(LogFormat).to.equal("JSON");
      const fields = [...Contribution.Keys, ...Contribution.Filters.map(({ Match }: Attributes) => Match)];
      expect(known["/aws/lambda/"]!.map((field) => `$.${field}`)).to.include.members(fields);
      expect(rule.attributes.rule_state).to.equal("ENABLED");
    }
  });

  it("counts a hundred errors of one kind as one, for any user, server and time", async () => {
    let createError = () => new Error();
    const service = await startService({
      database: async () => {
        throw createError();
      },
    });
    const login = (email: string) =>
      service.send("POST", "/v1/auth/login", { body: { email, password: "a long passphrase" } });
    for (let count = 0; count < 100; count++) {
      createError = () => createConnectError(`10.${count % 8}.${count % 16}.${2 * count}:${600 * count + 1_024}`);
      service.advance(count);
      await login(newPerson().email);
    }
    createError = () => new TypeError("another error");
    await login(newPerson().email);
    await service.stop();

    for (const rule of resources(stacks, "aws_cloudwatch_contributor_insight_rule")) {
      const counts = Object.values(countContributions(JSON.parse(rule.attributes.rule_definition), service.lines));
      expect(counts).to.have.members([100, 1]);
    }
  });
});

/** The error of the driver when a server rejects the connection. */
const createConnectError = (address: string) =>
  new MongoServerSelectionError(`connect ECONNREFUSED ${address}`, {} as never);

/** How often Contributor Insights counts each contributor in lines, by the values of the rule's keys. */
function countContributions({ Contribution }: Attributes, lines: readonly object[]): Record<string, number> {
  const value = (path: string, line: object) => getField(path.slice(1), line);
  const counts: Record<string, number> = {};
  for (const line of lines) {
    if (!Contribution.Filters.every(({ Match, In }: Attributes) => In.includes(value(Match, line)))) continue;
    const contributor = Contribution.Keys.map((key: string) => value(key, line)).join();
    counts[contributor] = (counts[contributor] ?? 0) + 1;
  }
  return counts;
}
