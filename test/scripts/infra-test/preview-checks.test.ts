import { randomInt } from "node:crypto";
import { CloudWatchLogsClient, CreateLogGroupCommand, DeleteLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { expect } from "chai";
import { checkPreview } from "../../../scripts/infra-test/preview-checks.ts";
import { describeWith } from "../../support/real-services.ts";

const request = { pullRequest: 7, expiresAt: "2100-01-01T00:00:00Z" };
const account = `9${randomInt(1e11).toString().padStart(11, "0")}`;
const role = `arn:aws:iam::${account}:role/infra-test`;

const toStack = (name: string) => ({
  name,
  folder: "",
  dependencies: [],
  configuration: { provider: { aws: [{ region: "eu-west-1", assume_role: [{ role_arn: role }] }] } },
});

describe("infrastructure test: the checks of a preview", () => {
  const endpoint = process.env.AWS_ENDPOINT_URL ?? "http://127.0.0.1:1";

  it("are for its stack alone", () => {
    expect(checkPreview(request, toStack("ecobeat-pr-7-service"), endpoint)).not.to.equal(undefined);
    for (const name of ["ecobeat-staging-service", "ecobeat-pr-70-service"])
      expect(checkPreview(request, toStack(name), endpoint), name).to.equal(undefined);
  });

  describeWith("AWS_ENDPOINT_URL", "on the emulator", () => {
    const checks = checkPreview(request, toStack("ecobeat-pr-7-service"), endpoint)!;

    it("fail without its functions", async () => {
      const error = await checks.applied().catch((cause: Error) => cause);
      expect(error).to.be.an("error").with.property("name", "ResourceNotFoundException");
    });

    it("find what is left of it, and nothing of another preview", async () => {
      const sts = new STSClient({ region: "eu-west-1", endpoint });
      const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: "test" }));
      const logs = new CloudWatchLogsClient({
        region: "eu-west-1",
        endpoint,
        credentials: {
          accessKeyId: Credentials!.AccessKeyId!,
          secretAccessKey: Credentials!.SecretAccessKey!,
          sessionToken: Credentials!.SessionToken!,
        },
      });
      const names = ["/aws/lambda/ecobeat-pr-7-api", "/aws/lambda/ecobeat-pr-70-api"];
      expect(await checks.destroyed()).to.deep.equal([]);
      try {
        for (const logGroupName of names) await logs.send(new CreateLogGroupCommand({ logGroupName }));
        expect(await checks.destroyed()).to.deep.equal([`${names[0]} is left.`]);
      } finally {
        for (const logGroupName of names) await logs.send(new DeleteLogGroupCommand({ logGroupName })).catch(() => {});
      }
    });
  });
});
