import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { requireAwsAuthentication } from "../../support/aws-authentication.ts";
import { ops, withoutCredentials } from "../run-ops.ts";
import { toBson, useWireDatabase } from "./fixture.ts";

/** An ECS task has no other credentials: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html */
describe("The commands for backups, in an ECS task", () => {
  const server = useWireDatabase();
  const credentials = createServer((_request, response) => {
    response.end(
      JSON.stringify({
        AccessKeyId: "task-key",
        SecretAccessKey: "task-secret",
        Token: "task-token",
        Expiration: new Date(Date.now() + 3_600_000).toISOString(),
      }),
    );
  });
  let folder: string;

  before(async () => {
    await new Promise<void>((resolve) => credentials.listen(0, "127.0.0.1", resolve));
    folder = await mkdtemp(join(tmpdir(), "ecobeat-iam-login-"));
  });
  after(async () => {
    credentials.close();
    await rm(folder, { recursive: true });
  });

  it("authenticate by MONGODB-AWS with the role of the task", async () => {
    server.put("ecobeat.users", { documents: toBson({ _id: 1 }) });
    const conversations = requireAwsAuthentication(server);
    const { code, output } = await ops(["backup", "create", "--location", join(folder, "backups")], {
      ...withoutCredentials,
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_PROFILE: undefined,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${(credentials.address() as AddressInfo).port}/`,
      MONGODB_URI: server.uri.replace("/?", "/ecobeat?authMechanism=MONGODB-AWS&authSource=$external&"),
    });
    expect(code, output).to.equal(0);
    expect(conversations[0]).to.include({ mechanism: "MONGODB-AWS", sessionToken: "task-token" });
    expect(conversations[0]!.authorization).to.match(/^AWS4-HMAC-SHA256 Credential=task-key\//);
  });
});
