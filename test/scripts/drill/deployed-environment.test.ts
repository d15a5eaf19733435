import { expect } from "chai";
import { openDeployedEnvironment } from "../../../scripts/drill/deployed-environment.ts";
import { production } from "../../../stacks/environments/production.ts";
import { staging } from "../../../stacks/environments/staging.ts";
import { expectCode } from "../../support/errors.ts";
import { useTemporaryFolder } from "../../support/temporary-folder.ts";
import { expectRefusal, ops } from "../run-ops.ts";
import { signIn } from "./run-drill.ts";

describe("A drill in a deployed environment", () => {
  const getFolder = useTemporaryFolder();
  let variables: Record<string, string>;

  beforeEach(async () => {
    await signIn(getFolder(), staging.accountId);
    variables = {
      PATH: `${getFolder()}:${process.env.PATH}`,
      MONGODB_URI: "mongodb://127.0.0.1:9/ecobeat",
      HEALTH_API_KEY: "key",
    };
  });

  const open =
    (changed: Record<string, string> = {}, typed = "staging") =>
    () =>
      openDeployedEnvironment("staging", { variables: { ...variables, ...changed }, prompt: async () => typed });
  const drill = (...args: string[]) => ops(["drill", "--environment", "staging", "--scenario", ...args], variables);

  it("rejects production by its name, its database and its account", async () => {
    const inProduction = ops(["drill", "--scenario", "all", "--environment", "production"]);
    await expectRefusal(inProduction, "A drill destroys the database of production");
    const MONGODB_URI = "mongodb+srv://u:p@ecobeat-production.x.mongodb.net/ecobeat";
    const error = await expectCode("drill-database-of-other-environment", open({ MONGODB_URI }));
    expect(error.message).to.not.contain("u:p");
    for (const account of [production.accountId, "123456789012"]) {
      await signIn(getFolder(), account);
      expect((await expectCode("drill-account-differs", open())).message).to.contain(account);
    }
  });

  it("requires confirmation, the database's address and the API key", async () => {
    await expectCode("not-confirmed", open({}, ""));
    await expectCode("not-confirmed", open({}, "production"));
    for (const name of ["MONGODB_URI", "HEALTH_API_KEY"]) {
      expect((await expectCode("drill-variable-missing", open({ [name]: "" }))).message).to.contain(name);
    }
    await expectRefusal(drill("database-lost", "--documents", "1"), "[not-confirmed]");
  });

  it("runs only scenarios whose damage can be repaired there", async () => {
    const output = await expectRefusal(drill("all"), "[scenario-not-in-deployed-environment]", "redis-lost");
    expect(output).to.not.contain("database-lost");
  });

  it("prints what it needs and does, without a call to any service", async () => {
    variables = { MONGODB_URI: "", REDIS_URL: "", AWS_ENDPOINT_URL: "http://127.0.0.1:9" };
    const { code, output } = await drill("database-lost,database-corrupted", "--dry-run");
    expect(code, output).to.equal(0);
    expect(output)
      .to.contain("account 111122223333, eu-west-1, https://api-staging.ecobeat.app")
      .and.contain("needs: HEALTH_API_KEY")
      .and.contain("does: the database is dropped")
      .and.contain("does: accounts, first look: export SINCE=")
      .and.contain("does: high-errors, first look: aws lambda get-alias")
      .and.contain("does: database, step 5: npm run -s ops -- traffic stop --environment $ENVIRONMENT --yes")
      .and.contain("does: restore-database, step 1: npm run -s ops -- traffic stop --environment $ENVIRONMENT --yes")
      .and.contain('step 3: npm run -s ops -- restore --location "$BACKUP_LOCATION" --before "$BEFORE"')
      .and.contain("does: deletes the users and the activities that it created");
  });

  it("prints the same of a drill on this machine", async () => {
    variables = { MONGODB_URI: "", REDIS_URL: "", AWS_ENDPOINT_URL: "" };
    const { code, stdout } = await ops(["drill", "--scenario", "redis-lost", "--dry-run", "--json"], variables);
    expect(code).to.equal(0);
    expect(JSON.parse(stdout).plan)
      .to.include("redis-lost on this machine")
      .and.include("does: removes the environment that it created");
  });
});
