import { CloudWatchLogsClient, PutResourcePolicyCommand } from "@aws-sdk/client-cloudwatch-logs";
import { AllocateAddressCommand, CreateVpcCommand, EC2Client } from "@aws-sdk/client-ec2";
import { CreateFunctionCommand, LambdaClient, PutFunctionConcurrencyCommand } from "@aws-sdk/client-lambda";
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { expect } from "chai";
import { awsChecks, isServiceDeployed } from "../../../scripts/doctor/aws.ts";
import { createContext } from "../../../scripts/doctor/doctor.ts";
import { quotaChecks } from "../../../scripts/doctor/quotas.ts";
import { rateQuotaChecks } from "../../../scripts/doctor/rate-quotas.ts";
import { createRole } from "../../../scripts/drill/emulator-account.ts";
import { otherConcurrency } from "../../../stacks/environment-checks.ts";
import { production } from "../../../stacks/environments/production.ts";
import { staging } from "../../../stacks/environments/staging.ts";
import type { Environment } from "../../../stacks/environments.ts";
import { describeWith } from "../../support/real-services.ts";
import { setVariables } from "../../support/variables.ts";
import { withoutCredentials } from "../run-ops.ts";
import { createTestContext, expectState, run, TestAccount } from "./fixture.ts";

describeWith("AWS_ENDPOINT_URL", "the doctor, in AWS,", () => {
  const aws = new TestAccount();
  const context = (replaced = {}) => createTestContext({ environment: aws.toEnvironment(staging), ...replaced });

  describe("account", () => {
    it("is the environment's", async () => {
      const { found } = await expectState("ok", awsChecks, "AWS account", context());
      expect(found).to.equal(aws.account.id);
    });

    it("is another one: no check in it says anything", async () => {
      const environment = { ...staging, accountId: "210987654321" };
      const finding = await expectState("wrong", awsChecks, "AWS account", context({ environment }));
      expect(finding).to.include({ found: aws.account.id, wanted: "210987654321" });
      const { requireAccount } = createContext({ environment, variables: {}, stacks: [] });
      for (const [checks, name] of [
        [awsChecks, "parameters"],
        [quotaChecks, "Lambda concurrency"],
        [quotaChecks, "quota: VPCs"],
        [rateQuotaChecks, "rate: kms-signatures"],
      ] as const) {
        const { found } = await expectState("unknown", checks, name, context({ environment, requireAccount }));
        expect(found).to.contain(`The credentials belong to the account ${aws.account.id}`);
      }
    });

    it("is unknown without credentials", async () => {
      const restore = setVariables({ ...withoutCredentials, AWS_SESSION_TOKEN: "" });
      try {
        const { action } = await expectState("unknown", awsChecks, "AWS account", context());
        expect(action).to.contain("Set AWS_PROFILE");
      } finally {
        restore();
      }
    });

    it("is unknown if AWS refuses", async () => {
      const body = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>";
      aws.replies.set("GetCallerIdentity", () => ({ status: 403, headers: { "content-type": "text/xml" }, body }));
      const { found, action } = await expectState("unknown", awsChecks, "AWS account", context());
      expect(found).to.contain("AccessDenied: not you");
      expect(action).to.contain("permission");
    });
  });

  describe("parameters", () => {
    const all = {
      "redis-url": "String",
      "jwt-signing-keys": "String",
      "mongodb-uri": "String",
      "refresh-token-pepper": "SecureString",
      "probe-account": "SecureString",
    } as const;
    let ssm: SSMClient;
    const put = (name: string, Type: "String" | "SecureString") =>
      ssm.send(new PutParameterCommand({ Name: `/ecobeat/staging/${name}`, Value: "x", Type, Overwrite: true }));
    before(() => {
      ssm = new SSMClient({});
    });
    beforeEach(async () => {
      for (const [name, type] of Object.entries(all)) await put(name, type);
    });

    it("exist", async () => {
      await ssm.send(new PutParameterCommand({ Name: "/ecobeat/production/other", Value: "x", Type: "String" }));
      const { found } = await expectState("ok", awsChecks, "parameters", context());
      expect(found).to.equal("all 5");
    });

    it("are missing: not yet before a deployment, wrong after it", async () => {
      for (const name of ["mongodb-uri", "refresh-token-pepper"]) {
        await ssm.send(new DeleteParameterCommand({ Name: `/ecobeat/staging/${name}` }));
      }
      const { found, action } = await expectState("not yet", awsChecks, "parameters", context());
      expect(found).to.equal("no mongodb-uri, no refresh-token-pepper");
      expect(action).to.contain("Deploy ecobeat-staging-database.");
      expect(action).to.contain("npm run ops -- secrets create --environment staging");
      await expectState("wrong", awsChecks, "parameters", context({ isDeployed: async () => true }));
    });

    it("must not be readable, if they are secrets", async () => {
      await ssm.send(new DeleteParameterCommand({ Name: "/ecobeat/staging/refresh-token-pepper" }));
      await put("refresh-token-pepper", "String");
      const { found } = await expectState("wrong", awsChecks, "parameters", context());
      expect(found).to.equal("refresh-token-pepper is not encrypted");
    });

    it("are rotated each year, if they are keys or the pepper", async () => {
      const inDays = (days: number) => context({ clock: () => Date.now() + days * 24 * 60 * 60 * 1000 });
      await expectState("ok", awsChecks, "rotation", inDays(364));
      const { found, action } = await expectState("wrong", awsChecks, "rotation", inDays(366));
      expect(found).to.equal("jwt-signing-keys and refresh-token-pepper changed more than a year ago");
      expect(action).to.contain("keys rotate --environment staging").and.contain("pepper rotate --environment staging");
    });
  });

  describe("Lambda's concurrency", () => {
    const settings = (quota: number, unreserved = quota) => {
      const body = { AccountLimit: { ConcurrentExecutions: quota, UnreservedConcurrentExecutions: unreserved } };
      aws.replies.set("GET /2016-08-19/account-settings", () => ({ body }));
    };
    const name = "Lambda concurrency";
    const reserved = 50 + 20 + otherConcurrency;

    for (const [quota, state] of [
      [10, "wrong"],
      [reserved + 99, "wrong"],
      [reserved + 100, "ok"],
      [1_000, "ok"],
    ] as const) {
      it(`is ${state} with a quota of ${quota}, if the stacks reserve ${reserved}`, async () => {
        settings(quota);
        const { wanted, action } = await expectState(state, quotaChecks, name, context());
        expect(wanted).to.contain(`at least ${reserved + 100}`);
        if (state === "wrong") expect(action).to.contain("--desired-value 1000 --region eu-west-1");
      });
    }

    it("counts what others reserve", async () => {
      settings(reserved + 100, reserved + 100 - 30);
      const { found, wanted } = await expectState("wrong", quotaChecks, name, context());
      expect(found).to.equal(`${reserved + 100}, of which others reserve 30`);
      expect(wanted).to.contain(`at least ${reserved + 130}`);
    });

    it("is asked in the region of the backup copies, too", async () => {
      settings(1_000);
      const environment = aws.toEnvironment(production);
      const found = await run(quotaChecks, name, context({ environment }));
      expect(Object.keys(found)).to.deep.equal([`${name}: eu-west-1`, `${name}: eu-central-1`]);
    });

    it("counts what the environment itself has reserved once only, and its function shows that it is deployed", async () => {
      const environment = aws.toEnvironment(staging);
      expect(await isServiceDeployed(environment)).to.equal(false);
      const lambda = new LambdaClient({});
      const FunctionName = "ecobeat-staging-api";
      const Role = await createRole(aws.account, FunctionName);
      const Code = { ZipFile: Buffer.from("zip") };
      await lambda.send(
        new CreateFunctionCommand({ FunctionName, Role, Code, Runtime: "nodejs22.x", Handler: "index.handler" }),
      );
      await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 50 }));
      expect(await isServiceDeployed(environment)).to.equal(true);
      settings(reserved + 100, reserved + 100 - 50);
      await expectState("ok", quotaChecks, name, context());
    });

    it("is unknown if AWS refuses", async () => {
      const headers = { "x-amzn-errortype": "AccessDeniedException" };
      aws.replies.set("GET /2016-08-19/account-settings", () => ({ status: 403, headers, body: { Message: "no" } }));
      const { action } = await expectState("unknown", quotaChecks, name, context());
      expect(action).to.contain("permission");
    });
  });

  describe("quotas on rates", () => {
    const gateway = "rate: gateway-account";
    const signatures = "rate: kms-signatures";
    const parameters = "rate: parameter-reads";
    const quota = (Value: number) => aws.replies.set("GetServiceQuota", () => ({ body: { Quota: { Value } } }));
    const throughput = (SettingValue: string) =>
      aws.replies.set("GetServiceSetting", () => ({ body: { ServiceSetting: { SettingValue } } }));
    const withApi = (api: Partial<Environment["api"]>) =>
      context({ environment: { ...aws.toEnvironment(staging), api: { ...staging.api, ...api } } });
    const withFunctions = (functions: Partial<Environment["functions"]>, replaced = {}) =>
      context({
        environment: { ...aws.toEnvironment(staging), functions: { ...staging.functions, ...functions } },
        ...replaced,
      });
    const withConcurrency = (auth: number, api: number) => withFunctions({ reservedConcurrency: { auth, api } });

    it("are enough by default", async () => {
      throughput("false");
      aws.replies.set("GetServiceQuota", () => ({
        status: 400,
        headers: { "x-amzn-errortype": "NoSuchResourceException" },
        body: { Message: "none" },
      }));
      expect(await expectState("ok", rateQuotaChecks, gateway, context())).to.include({ found: "10000 requests/s" });
      expect(await expectState("ok", rateQuotaChecks, signatures, context())).to.include({
        found: "1000 signatures/s",
      });
      expect(await expectState("ok", rateQuotaChecks, parameters, context())).to.include({ found: "40 calls/s" });
    });

    it("are not enough if the environment lets more through", async () => {
      quota(50);
      await expectState("ok", rateQuotaChecks, gateway, withApi({ requestsPerSecond: 50 }));
      const full = await expectState("wrong", rateQuotaChecks, gateway, withApi({ requestsPerSecond: 51 }));
      expect(full).to.include({ found: "50 requests/s", wanted: "at least 51 requests/s" });
      expect(full.action).to.contain("--service-code apigateway --quota-code L-8A5B8E43 --desired-value 51");
      const auth = { ...staging.api.auth, requestsPerSecond: 51 };
      const { action } = await expectState("wrong", rateQuotaChecks, signatures, withApi({ auth }));
      expect(action).to.contain("--service-code kms --quota-code L-2AC98190 --desired-value 51 --region eu-west-1");
    });

    it("need the higher throughput of Parameter Store, if more environments can start than it serves in 10 s", async () => {
      throughput("false");
      await expectState("ok", rateQuotaChecks, parameters, withConcurrency(100, 300));
      const slow = await expectState("wrong", rateQuotaChecks, parameters, withConcurrency(100, 301));
      expect(slow.action).to.equal(
        'Set `functions.parameterThroughput` to "higher", and deploy ecobeat-staging-foundation.',
      );
      throughput("true");
      await expectState("ok", rateQuotaChecks, parameters, withConcurrency(100, 301));
    });

    it("do not have the higher throughput before the environment that sets it is deployed", async () => {
      throughput("false");
      const values = { reservedConcurrency: { auth: 100, api: 301 }, parameterThroughput: "higher" } as const;
      for (const [state, isDeployed] of [
        ["not yet", false],
        ["wrong", true],
      ] as const) {
        const after = withFunctions(values, { isDeployed: async () => isDeployed });
        await expectState(state, rateQuotaChecks, parameters, after);
      }
    });

    it("are unknown if AWS refuses", async () => {
      const headers = { "x-amzn-errortype": "AccessDeniedException" };
      aws.replies.set("GetServiceSetting", () => ({ status: 400, headers, body: { Message: "no" } }));
      const { action } = await expectState("unknown", rateQuotaChecks, parameters, context());
      expect(action).to.contain("permission");
    });
  });

  describe("other quotas", () => {
    const tag = (ResourceType: "vpc" | "elastic-ip") => ({
      TagSpecifications: [{ ResourceType, Tags: [{ Key: "cost-centre", Value: "ecobeat-staging" }] }],
    });

    it("have room until others use it, and none is needed for what exists", async () => {
      const ec2 = new EC2Client({});
      // The default VPC of an account is one of five.
      expect((await expectState("ok", quotaChecks, "quota: VPCs", context())).found).to.equal("1 of 5 in use");
      for (let count = 0; count < 4; count++) await ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }));
      const full = await expectState("wrong", quotaChecks, "quota: VPCs", context());
      expect(full).to.include({ found: "5 of 5 in use", wanted: "room for 1 more" });
      expect(full.action).to.contain("--quota-code L-F678F1CE --desired-value 6");
      aws.replies.set("GetServiceQuota", () => ({ body: { Quota: { Value: 6 } } }));
      await expectState("ok", quotaChecks, "quota: VPCs", context());
      await ec2.send(new CreateVpcCommand({ CidrBlock: "10.20.0.0/16", ...tag("vpc") }));
      const used = await expectState("ok", quotaChecks, "quota: VPCs", context());
      expect(used).to.include({ found: "6 of 6 in use", wanted: "room for 0 more" });
    });

    it("have the documented default where Service Quotas has no value", async () => {
      const ec2 = new EC2Client({});
      for (let count = 0; count < 5; count++) await ec2.send(new AllocateAddressCommand({}));
      const full = await expectState("wrong", quotaChecks, "quota: Elastic IPs", context());
      expect(full.found).to.equal("5 of 5 in use");
    });

    it("are asked in each region with such resources, and nowhere without", async () => {
      const inProduction = context({ environment: aws.toEnvironment(production) });
      const found = await run(quotaChecks, "quota: log policies", inProduction);
      expect(Object.keys(found)).to.have.members(["quota: log policies", "quota: log policies: us-east-1"]);
      expect((await expectState("ok", quotaChecks, "quota: Elastic IPs", inProduction)).found).to.equal("not needed");
    });

    it("cannot always be raised", async () => {
      const name = "quota: log policies";
      const logs = new CloudWatchLogsClient({});
      const put = (policyName: string) =>
        logs.send(new PutResourcePolicyCommand({ policyName, policyDocument: '{"Version":"2012-10-17"}' }));
      for (let count = 0; count < 9; count++) await put(`other-${count}`);
      const { action } = await expectState("wrong", quotaChecks, name, context());
      expect(action).to.contain("cannot be raised");
      await put("ecobeat-staging-slow-log");
      expect((await expectState("wrong", quotaChecks, name, context())).wanted).to.equal("room for 1 more");
    });
  });
});
