import { expect } from "chai";
import { parseRunbook } from "../../scripts/drill/runbook.ts";
import { runbooks } from "../../stacks/constructs/observability/alarm.ts";
import { SequenceShell } from "./sequence-shell.ts";
import { findSequences, formatSequence, type Sequence } from "./sequences.ts";

describe("sequences of runbooks, from each alarm along each link", function () {
  this.timeout(120_000);
  let shell: SequenceShell;
  before(() => {
    shell = new SequenceShell();
  });
  after(() => shell[Symbol.dispose]());

  for (const name of runbooks) {
    it(`begin with ${name}, end well, and leave the API open`, async () => {
      const sequences = findSequences(name);
      expect(sequences).to.not.be.empty;
      const problems: string[] = [];
      for (const sequence of sequences) {
        const problem = await shell.run(sequence);
        if (problem) problems.push(`${formatSequence(sequence)}\n${problem}`);
      }
      expect(problems.join("\n\n")).to.equal("");
    });
  }

  it("include those from data that is missing to both restores, and on to the loss of a region", () => {
    const paths = findSequences("database").map((sequence) => sequence.map(({ runbook }) => runbook.name).join(" "));
    expect(paths).to.include.members([
      "database restore-from-atlas",
      "database restore-database",
      "database restore-database region-loss",
      "database atlas-outage restore-from-atlas",
    ]);
  });

  /** A sequence of two runbooks with these commands. */
  const createSequence = (...commands: readonly string[]): Sequence =>
    commands.map((command, index) => ({
      runbook: parseRunbook(`page-${index + 1}`, `# Page\n\n## Steps\n\n1. Do:\n\n       ${command}\n\n## Undo\n`),
      condition: "always",
      steps: [1],
    }));
  const stop = "npm run ops -- traffic stop --environment production --yes";
  const restore = 'npm run ops -- restore --location l --replace "$DATABASE" --yes';

  for (const [mistake, commands, problem] of [
    ["an API that stays closed", [stop, "true"], "the API stays at a concurrency of 0 0"],
    [
      "a number that was read after the stop",
      [
        stop,
        'N=$(aws lambda get-function-concurrency --function-name ecobeat-production-api); aws lambda put-function-concurrency --function-name ecobeat-production-api --reserved-concurrent-executions "$N"',
      ],
      "the API stays at a concurrency of 0 0",
    ],
    [
      "a limit that stays",
      [
        "true",
        "aws lambda put-function-concurrency --function-name ecobeat-production-api --reserved-concurrent-executions 25",
      ],
      "the API stays at a concurrency of 25 80",
    ],
    [
      "a restore while users write",
      ["export DATABASE=ecobeat MONGODB_URI=uri", restore],
      "the functions serve requests",
    ],
    [
      "provisioned concurrency that stays deleted",
      [
        "true",
        "aws lambda delete-provisioned-concurrency-config --function-name ecobeat-production-auth --qualifier live",
      ],
      "the API stays at a concurrency of 250 80 0",
    ],
    ["a variable that no runbook sets", ["true", "echo $POINT"], "POINT"],
    [
      "a command of ops that reads a variable which no runbook sets",
      ["true", "npm run -s ops -- erasures export --to file"],
      "no runbook has set MONGODB_URI",
    ],
    ["credentials that no runbook sets", ["true", "npm run -s ops -- atlas status"], "set MONGODB_ATLAS_CLIENT_ID"],
    [
      "an empty value within a substitution",
      ["export POINT=", 'export LIST=$(aws s3 ls "$POINT")'],
      "a value is empty",
    ],
    ["an empty value", ["export POINT=", 'aws s3 ls "$POINT"'], "a value is empty"],
    [
      "an answer to another question",
      ["export URI=${URI:?the database to restore}", "export URI=${URI:?the new database}"],
      "URI keeps the value that page-1 gave it\nat page-2.md, Steps, step 1",
    ],
    [
      "a default that an earlier value replaces",
      ["export SINCE=yesterday", "export SINCE=${SINCE:-now}"],
      "SINCE keeps",
    ],
  ] as const) {
    it(`would show ${mistake}, and where`, async () => {
      expect(await shell.run(createSequence(...commands))).to.contain(problem);
    });
  }
});
