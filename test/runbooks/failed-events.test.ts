import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "chai";
import { getSection, readRunbook } from "../../scripts/drill/runbook.ts";
import { hasAwsCli } from "../support/commands/aws.ts";
import { describeWith } from "../support/real-services.ts";

// For SQS, version 1 of the AWS CLI does not read AWS_ENDPOINT_URL.
const aws = 'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }\n';

const run = async (script: string, variables: NodeJS.ProcessEnv = {}): Promise<string> => {
  const env = { ...process.env, ...variables };
  const { stdout } = await promisify(execFile)("sh", ["-euc", `${aws}${script}`], { env });
  return stdout;
};

describeWith("AWS_ENDPOINT_URL", "the step of failed-events that empties the queue", () => {
  const name = `ecobeat-failed-events-${process.pid}`;
  const [step] = getSection(readRunbook("failed-events"), "Steps").steps.filter(({ number }) => number === 3);
  let variables: NodeJS.ProcessEnv;
  /** The whole step, as an engineer pastes it. */
  const emptyOne = () => run(step!.commands.join("\n"), variables);
  const readNumbers = async () => {
    const attributes = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
    const query = `'Attributes.[${attributes.join()}]'`;
    const names = attributes.join(" ");
    return (
      await run(
        `aws sqs get-queue-attributes --queue-url $QUEUE --attribute-names ${names} --query ${query} --output text`,
        variables,
      )
    )
      .trim()
      .split("\t");
  };

  before(async function () {
    if (!hasAwsCli()) this.skip();
    variables = { AWS_DEFAULT_REGION: "eu-west-1" };
    variables.QUEUE = (
      await run(`aws sqs create-queue --queue-name ${name} --query QueueUrl --output text`, variables)
    ).trim();
  });
  after(async () => {
    if (variables?.QUEUE) await run("aws sqs delete-queue --queue-url $QUEUE", variables);
  });

  it("deletes the message that it has printed, and no other", async () => {
    for (const body of ['{"task":"first event"}', '{"task":"second event"}']) {
      await run('aws sqs send-message --queue-url $QUEUE --message-body "$BODY"', { ...variables, BODY: body });
    }
    const first = await emptyOne();
    expect(await readNumbers()).to.deep.equal(["1", "0"]);
    const second = await emptyOne();
    expect(await readNumbers()).to.deep.equal(["0", "0"]);
    expect([first, second].map((output) => /first|second/.exec(output)?.[0]).sort()).to.deep.equal(["first", "second"]);
  });

  it("deletes none if it has printed none", async () => {
    expect(await emptyOne().catch(({ stdout, stderr }) => `${stdout}${stderr}`)).to.match(
      /^None\n[\s\S]*ReceiptHandle/,
    );
  });
});
