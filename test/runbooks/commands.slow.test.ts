import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Command } from "commander";
import { dumpDatabase, verifyNewestDump } from "../../scripts/backup/lambda/functions.ts";
import { writeParameters } from "../../scripts/drill/emulator-account.ts";
import { parseRunbook, type Runbook, readRunbook, runbookFolder } from "../../scripts/drill/runbook.ts";
import { formatExports, getShellVariables } from "../../scripts/shell-variables/shell-variables.ts";
import { migrateDatabase } from "../../service/cloud/migration.ts";
import type { DeployedEnvironment } from "../../service/contract.ts";
import { jsonLogger } from "../../service/platform/logging.ts";
import { production } from "../../stacks/environments/production.ts";
import { EmulatedEnvironment } from "../scripts/release/emulated-environment.ts";
import { AwsCli, hasAwsCli } from "../support/commands/aws.ts";
import { createCdktfTool, createDeployCheck, synthesizeAll } from "../support/commands/cdktf.ts";
import { opsTool } from "../support/commands/ops.ts";
import { programs } from "../support/commands/programs.ts";
import { runBlocks } from "../support/commands/shell.ts";
import { accepted, type Tool } from "../support/commands/tool.ts";
import { mongoDatabase } from "../support/databases.ts";
import { describeWith } from "../support/real-services.ts";
import { startService, type TestService } from "../support/service.ts";
import { findKeptVariables } from "./kept-variables.ts";
import { findPromises } from "./promises.ts";

const names = readdirSync(runbookFolder).map((file) => file.replace(/\.md$/, ""));
/** Its API is the service of this test. */
const bootstrap = parseRunbook(
  "bootstrap",
  readFileSync(join(runbookFolder, "../docs/bootstrap.md"), "utf8").replaceAll(/ API=https:\S+/g, ""),
);

/** Commands of a page in their order, with where they stand and what the page says that one should see. */
function blocksOf(page: Runbook) {
  return page.sections.flatMap(({ heading, steps, ...own }) =>
    [
      { where: heading, ...own },
      ...steps.map((step) => ({ where: `${heading}, step ${step.number}`, ...step })),
    ].flatMap(({ where, commands, outcomes }) =>
      commands.map((command, index) => ({ where: `${page.name}.md, ${where}`, command, outcome: outcomes[index]! })),
    ),
  );
}

/** Does several things at once, but not all: each wants a processor. */
async function fewAtOnce<T>(work: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  const queue = work.entries();
  const worker = async () => {
    for (const [index, each] of queue) results[index] = await each();
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  return results;
}

/** `ops env`, with credentials of the right account. */
const printVariables = async ({ args: [name] }: Command) =>
  accepted(formatExports(getShellVariables(name as DeployedEnvironment)));

const isHere = hasAwsCli();

(isHere ? describe : describe.skip)(
  `commands of the runbooks${isHere ? "" : " (skipped: version 1 of the AWS CLI is not here: pip install awscli)"}`,
  function () {
    this.timeout(300_000);
    /** What a person chooses. */
    const answers = {
      MONGODB_URI: "mongodb://127.0.0.1:9/ecobeat",
      NEW_MONGODB_URI: "mongodb://127.0.0.1:9/ecobeat",
      NEW_HOST: "cluster.example.net",
      MONGODB_ATLAS_CLIENT_ID: "mdb_sa_id_0",
      MONGODB_ATLAS_CLIENT_SECRET: "mdb_sa_sk_0",
      BEFORE: "2026-11-22T22:30:00Z",
      POINT: "--point-in-time=2026-11-22T22:30:00Z",
      VERSION: "41",
      SUSPECT: "AKIAIOSFODNN7EXAMPLE",
      BREAK_GLASS_USER: "break-glass-2026-11-22",
      MIRROR: "mirror",
      URL: "git@git.example.com:ecobeat/platform.git",
      OLD_KEY: "the-key-of-installed-apps",
      PLAN: "a1b2c3",
      ARN: "arn:aws:acm:eu-west-1:111122223333:certificate/00000000-0000-0000-0000-000000000000",
      STACK: "ecobeat-production-foundation",
      ADDRESS: "aws_kms_key.key",
      FUNCTION: "auth",
      OUTERMOST: "edge",
      QUOTA: "2000",
      USERS: "120000",
    };
    const [setUp] = blocksOf(readRunbook("README")).flatMap(({ command }) =>
      command.includes("env production") ? [command] : [],
    );
    let service: TestService;
    let aws: AwsCli;
    let tools: Record<string, Tool>;
    /** Tools with which `ops` carries some commands out. */
    let createTools: (isReal: (command: string) => boolean, known: Record<string, string>) => Record<string, Tool>;

    /** Pages change copies of it. */
    let repository: string;

    before(async () => {
      repository = createRepository();
      service = await startService();
      aws = new AwsCli(production.region);
      const stacks = await synthesizeAll();
      const cdktf = createCdktfTool(stacks);
      const deploy = createDeployCheck(stacks, cdktf);
      createTools = (isReal, known) =>
        programs({ aws: aws.tool, cdktf, ops: opsTool(isReal, known, { deploy, env: printVariables }) });
      tools = createTools((command) => command.startsWith("git "), {});
    });
    after(async () => {
      aws.stop();
      await service.stop();
      rmSync(repository, { recursive: true });
    });

    /** What is wrong with a page, with the place and the command. */
    async function problemsOf(page: Runbook, usedTools = tools): Promise<string[]> {
      const begin = {
        where: "README.md, Before you start",
        command: `${setUp}\nexport API=${service.url}`,
        outcome: "",
      };
      const blocks = [begin, ...blocksOf(page)];
      const outcomes = await inCopy(repository, (cwd) =>
        runBlocks(
          blocks.map(({ command }) => command),
          { tools: usedTools, variables: answers, cwd },
        ),
      );
      return outcomes.flatMap(({ problem, isReal, output }, index) => {
        const { where, command, outcome } = blocks[index]!;
        if (problem) return [`${where}: ${command}\n${problem}`];
        if (isReal && /[^\n]$/.test(output))
          return [`${where}: ${command}\nprints a last line that does not end:\n${output}`];
        const missing = isReal ? findPromises(outcome).filter((word) => !output.includes(word)) : [];
        return missing.map((word) => `${where}: ${command}\ndoes not print ${word}, but:\n${output}`);
      });
    }

    it("ask for what the test answers, and for nothing else", () => {
      const pages = [...names.map(readRunbook), bootstrap];
      const kept = pages.flatMap((page) => blocksOf(page).flatMap(({ command }) => findKeptVariables(command)));
      const asked = new Set(kept.filter(({ isAsked }) => isAsked).map(({ name }) => name));
      expect([...asked]).to.have.members(Object.keys(answers));
    });

    it("end well, and print what the pages promise", async () => {
      const problems = await fewAtOnce(names.map((name) => () => problemsOf(readRunbook(name))));
      expect(problems.flat().join("\n\n")).to.equal("");
    });

    // With an emulator, the next test does the same and more.
    if (!process.env.AWS_ENDPOINT_URL) {
      it("of bootstrap end well in the order of the page", async () => {
        expect((await problemsOf(bootstrap)).join("\n\n")).to.equal("");
      });
    }

    describeWith("AWS_ENDPOINT_URL", "of bootstrap are carried out in order where an emulator allows", () => {
      const emulated = new EmulatedEnvironment("production");
      let database: Awaited<ReturnType<typeof mongoDatabase>>;
      let folder: string;
      before(async () => {
        [database, folder] = [await mongoDatabase(), mkdtempSync(join(tmpdir(), "ecobeat-bootstrap-"))];
        await emulated.create();
        const addresses = { mongodbUri: database.uri, redisUrl: process.env.REDIS_URL! };
        await writeParameters(emulated.name, emulated.account, addresses);
      });
      after(async () => {
        emulated.remove();
        await database.remove();
        rmSync(folder, { recursive: true });
      });

      it("secrets, indexes, a dump and its restore test", async () => {
        const props = {
          environment: emulated.name,
          backupLocation: folder,
          scratchDatabase: `${database.database.databaseName}_restore_test`,
          clock: Date.now,
          log: jsonLogger(() => {}),
        };
        const invocation = { getRemainingTimeInMillis: () => 900_000 };
        const invoked: string[] = [];
        emulated.aws.migrate = () => {
          invoked.push("ecobeat-production-migrate");
          return migrateDatabase(emulated.name);
        };
        emulated.aws.invoke = async (name) => {
          invoked.push(name);
          return name.endsWith("-dump") ? dumpDatabase(props, invocation) : verifyNewestDump(props, invocation);
        };
        const isReal = (command: string) => /^(secrets create|migrate|backup (create|verify)) /.test(command);
        const problems = await problemsOf(bootstrap, createTools(isReal, emulated.account.variables));
        expect(problems.join("\n\n")).to.equal("");
        const functions = ["migrate", "dump", "restore-test"].map((name) => `ecobeat-production-${name}`);
        expect(invoked).to.deep.equal(functions);
        await database.database.client.db(props.scratchDatabase).dropDatabase();
      });
    });

    const mistakes: Readonly<Record<string, readonly [command: string, problem: string]>> = {
      "an operation that AWS lacks": ["aws lambda get-alia --name live", "Invalid choice"],
      "a flag that AWS lacks": ["aws lambda get-alias --function-name api --alias live", "--name"],
      "a value that AWS lacks": ["aws wafv2 list-web-acls --scope GLOBAL", "must be one of: CLOUDFRONT, REGIONAL"],
      "a value that is too short": ["aws acm describe-certificate --certificate-arn ARN", "valid min length: 20"],
      "a query for what no answer has": [
        "aws sts get-caller-identity --query Acount",
        "names a value that the response does not",
      ],
      "a query that is none": ["aws sts get-caller-identity --query '[Account'", "query"],
      "an item of each page in place of one item": [
        "aws lambda list-versions-by-function --function-name api --query 'Versions[-3:].Version' --output text",
        "selects from each page",
      ],
      "an item of each page, by a function": [
        "aws s3api list-objects-v2 --bucket backups --query 'sort_by(Contents, &LastModified)[-1].Key' --output text",
        "selects from each page",
      ],
      "one page in place of a list": ["aws cloudtrail lookup-events --max-results 5", "use --max-items"],
      "a line for the next page": [
        "aws iam list-users --max-items 5 --query 'Users[].UserName' --output text",
        "may print another line",
      ],
      "a failure inside another command": ["echo $(aws sts get-caller-identity --outputs text)", "--outputs"],
      "a command that ops lacks": ["npm run ops -- backup make", "unknown command 'make'"],
      "a flag that ops lacks": ["npm run ops -- migrate --env production", "unknown option '--env'"],
      "a value that ops lacks": ["npm run ops -- keys list --environment prod", "Allowed choices are"],
      "a script that is none": ["npm run synthesize", "package.json has no such script"],
      "a stack that is none": ["npm run ops -- deploy --environment $ENVIRONMENT servic", "[stack-not-in-environment]"],
      "a stack of another environment": [
        "npm run ops -- deploy --environment staging edge",
        "staging has no stack edge",
      ],
      "a stack that cdktf lacks": ["npx cdktf deploy ecobeat-production-servic", "Could not find stack"],
      "a deployment without what it depends on": [
        "npx cdktf deploy ecobeat-$ENVIRONMENT-service",
        "dependencies are not included in the stacks to run: ecobeat-production-foundation",
      ],
      "a destruction without what depends on it": [
        "npx cdktf destroy ecobeat-$ENVIRONMENT-service",
        "dependant stacks are not included in the stacks to run: ecobeat-production-edge",
      ],
      "a flag that cdktf lacks": ["npx cdktf deploy --yes ecobeat-production-service", "has no --yes"],
      "a flag that dig lacks": ["dig +brief NS example.com", "has no +brief"],
      "a flag that curl lacks": ["curl --silently $API/health/live", "--silently"],
      "a host that is not the service": ["curl -sS http://example.com/", "ended with"],
      "a subcommand that git lacks": ["git mirror", "not a git command"],
      "a variable that no one set": ["echo $VERSION", "VERSION"],
      "a program that people may not have": ["jq .", "not found"],
      "what is no shell": ["echo 'never closed", "ended with"],
      "a line that does not end": ["curl -sS $API/health/live", "prints a last line that does not end"],
      "a promise that is not kept": ["curl -sS -w '\\n' $API/health/live", "does not print perfect"],
    };
    for (const [mistake, [command, problem]] of Object.entries(mistakes)) {
      it(`would show ${mistake}, and where`, async () => {
        const page = parseRunbook(
          "page",
          `# Page\n\n## Steps\n\n1. Do:\n\n       true\n\n2. Then:\n\n       ${command}\n\n   You should see \`perfect\`.\n`,
        );
        const [found, ...others] = await problemsOf(page);
        expect(others).to.deep.equal([]);
        expect(found).to.contain(`page.md, Steps, step 2: ${command}`).and.to.contain(problem);
      });
    }
  },
);

/** A repository with two remotes that are equal, and a third one to be added by the address of an example. */
function createRepository(): string {
  const folder = mkdtempSync(join(tmpdir(), "ecobeat-repository-"));
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
      cwd: folder,
      stdio: "pipe",
    });
  git("init", "--quiet", "--initial-branch=main");
  git("commit", "--quiet", "--allow-empty", "--message=first");
  for (const remote of ["origin", "mirror", "next"]) git("init", "--quiet", "--bare", `${remote}.git`);
  for (const remote of ["origin", "mirror"]) {
    // Relative, so that a copy of the folder has remotes of its own.
    git("remote", "add", remote, `./${remote}.git`);
    git("push", "--quiet", remote, "main");
  }
  git("fetch", "--quiet", "--all");
  git("config", "url../next.git.insteadOf", "git@git.example.com:ecobeat/platform.git");
  return folder;
}

/** Works in a copy of a repository. */
async function inCopy<T>(repository: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "ecobeat-repository-"));
  try {
    cpSync(repository, folder, { recursive: true });
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
