import { expect } from "chai";
import { MongoServerSelectionError } from "mongodb";
import type { Environment } from "../../stacks/environments.ts";
import { getField } from "../support/filter-pattern.ts";
import { report } from "../support/lambda-report.ts";
import { queryFields } from "../support/query-fields.ts";
import { newPerson, startService } from "../support/service.ts";
import type { Attributes } from "../support/synthesize.ts";
import { getWidgets } from "./rules/dashboards.ts";
import { first, getEnvironment, type Resource, referenced, resources } from "./rules/resources.ts";
import { allStacks } from "./rules/rule.ts";

const stacks = allStacks();

/** Names of all fields of a line, as CloudWatch discovers them: `cause.name`. */
const fieldsOf = (line: object, prefix = ""): string[] =>
  Object.entries(line).flatMap(([name, value]) =>
    typeof value === "object" && value !== null ? fieldsOf(value, `${prefix}${name}.`) : [`${prefix}${name}`],
  );

/** What CloudWatch adds to each line. */
const discovered = ["@timestamp", "@message", "@log"];

/** https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html */
const wafFields = ["action", "terminatingRuleId", "httpRequest.clientIp", "httpRequest.country"];

/** Fields of each kind of log, by the beginning of its group's name. */
async function logFields(): Promise<Record<string, string[]>> {
  const service = await startService({
    database: async () => {
      throw new MongoServerSelectionError("no server", {} as never);
    },
  });
  await service.send("POST", "/v1/auth/login", { body: { ...newPerson(), name: undefined } });
  await service.send("POST", "/v1/auth/login", { body: {} });
  await service.send("GET", "/health/ready");
  await service.stop();
  const working = await startService();
  const person = newPerson();
  await working.send("POST", "/v1/auth/register", { body: person });
  await working.send("POST", "/v1/auth/login", { body: { email: person.email, password: "another" } });
  await working.stop();
  const format = first(stacks, "aws_api_gateway_stage").access_log_settings.format;
  return {
    "/aws/lambda/": [...service.lines, ...working.lines, report].flatMap((line) => fieldsOf(line)),
    "/aws/apigateway/": Object.keys(JSON.parse(format)),
    "aws-waf-logs-": wafFields,
  };
}

/** A query, and names of the logs it is put to. */
interface Query {
  readonly address: string;
  readonly environment: Environment;
  readonly text: string;
  readonly logs: readonly string[];
}

const saved = ({ address, stack, attributes }: Resource): Query => ({
  address: `${address} ${attributes.name}`,
  environment: getEnvironment(stack),
  text: attributes.query_string,
  logs: attributes.log_group_names.map((group: string) => referenced(stacks, stack, group)?.attributes.name),
});

const shown = (dashboard: Resource): Query[] =>
  getWidgets(dashboard)
    .filter(({ type }) => type === "log")
    .map(({ properties }: Attributes) => {
      const lines: string[] = properties.query.split("\n| ");
      const sources = lines.filter((line) => line.startsWith("SOURCE "));
      return {
        address: `${dashboard.address} ${properties.title}`,
        environment: getEnvironment(dashboard.stack),
        text: lines.filter((line) => !sources.includes(line)).join("\n| "),
        logs: sources.map((line) => logOf(dashboard, /'(.*)'/.exec(line)![1]!)),
      };
    });

/** The name of a log group, which a source gives as it is or as a reference. */
const logOf = (dashboard: Resource, source: string): string =>
  referenced(stacks, dashboard.stack, source)?.attributes.name ?? source;

describe("queries of logs", () => {
  const queries = [
    ...resources(stacks, "aws_cloudwatch_query_definition").map(saved),
    ...resources(stacks, "aws_cloudwatch_dashboard").flatMap(shown),
  ];

  it("name only fields that their logs have", async () => {
    const known = await logFields();
    for (const { address, text, logs } of queries) {
      const fields = logs.flatMap(
        (log) => Object.entries(known).find(([kind]) => log?.startsWith(kind))?.[1] ?? [],
      );
      expect(logs, address).to.not.be.empty;
      expect([...discovered, ...fields], address).to.include.members(queryFields(text));
    }
  });

  it("are put to logs of their own environment", () => {
    for (const { address, logs, environment } of queries) {
      const own = resources(stacks, "aws_cloudwatch_log_group")
        .filter(({ stack }) => getEnvironment(stack) === environment)
        .map(({ attributes }) => attributes.name);
      expect(own, address).to.include.members([...logs]);
    }
  });

  it("answer what is asked at night, in each environment", () => {
    const asked = [
      "cold starts",
      "errors by fingerprint",
      "failed logins by reason",
      "one request by its id",
      "requests blocked by WAF",
      "security events",
      "slowest routes",
    ];
    for (const folder of ["ecobeat-staging", "ecobeat-production"]) {
      const names = resources(stacks, "aws_cloudwatch_query_definition")
        .map(({ attributes }) => attributes.name)
        .filter((name) => name.startsWith(`${folder}/`));
      expect([...new Set(names)]).to.have.members(asked.map((name) => `${folder}/${name}`));
    }
  });

  it("would be found out for a field that no line has", async () => {
    const query =
      'filter rout = "/v1" and status >= 400\n| stats count(*) as n, pct(duration_ms, 9) by bin(1h), @log';
    expect(queryFields(query)).to.have.members(["rout", "status", "duration_ms", "@log"]);
    expect((await logFields())["/aws/lambda/"])
      .to.include.members(["status", "duration_ms"])
      .and.not.include("rout");
  });
});

describe("error tracking", () => {
  it("counts the errors of all functions of an environment by the fingerprint that their lines have", async () => {
    const known = await logFields();
    for (const rule of resources(stacks, "aws_cloudwatch_contributor_insight_rule")) {
      const { LogGroupNames, LogFormat, Contribution } = JSON.parse(rule.attributes.rule_definition);
      const names = LogGroupNames.map((group: string) => logOf(rule, group));
      const { name } = getEnvironment(rule.stack);
      expect(names).to.have.members([`/aws/lambda/ecobeat-${name}-auth`, `/aws/lambda/ecobeat-${name}-api`]);
      expect(LogFormat).to.equal("JSON");
      const fields = [...Contribution.Keys, ...Contribution.Filters.map(({ Match }: Attributes) => Match)];
      expect(known["/aws/lambda/"]!.map((field) => `$.${field}`)).to.include.members(fields);
      expect(rule.attributes.rule_state).to.equal("ENABLED");
    }
  });

  it("counts a thousand errors of one kind as one, whoever they are about, wherever and whenever", async () => {
    let mistake = () => new Error();
    const service = await startService({
      database: async () => {
        throw mistake();
      },
    });
    const login = (email: string) =>
      service.send("POST", "/v1/auth/login", { body: { email, password: "a long passphrase" } });
    for (let count = 0; count < 1_000; count++) {
      mistake = () => refusedBy(`10.0.${count >> 8}.${count & 255}:${count + 1_024}`);
      service.advance(count);
      await login(newPerson().email);
    }
    mistake = () => new TypeError("another mistake");
    await login(newPerson().email);
    await service.stop();

    for (const rule of resources(stacks, "aws_cloudwatch_contributor_insight_rule")) {
      const counts = Object.values(contributions(JSON.parse(rule.attributes.rule_definition), service.lines));
      expect(counts).to.have.members([1_000, 1]);
    }
  });
});

/** What a driver throws when a server does not take it in. */
const refusedBy = (address: string) =>
  new MongoServerSelectionError(`connect ECONNREFUSED ${address}`, {} as never);

/** How often Contributor Insights counts each contributor in lines: by the values of the rule's keys. */
function contributions({ Contribution }: Attributes, lines: readonly object[]): Record<string, number> {
  const value = (path: string, line: object) => getField(path.slice(1), line);
  const counts: Record<string, number> = {};
  for (const line of lines) {
    if (!Contribution.Filters.every(({ Match, In }: Attributes) => In.includes(value(Match, line)))) continue;
    const contributor = Contribution.Keys.map((key: string) => value(key, line)).join();
    counts[contributor] = (counts[contributor] ?? 0) + 1;
  }
  return counts;
}
