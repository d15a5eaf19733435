import { expect } from "chai";
import { parseRunbook } from "../../../scripts/drill/runbook.ts";

const page = `# Redis

Nothing in it needs a backup.

## First look (2 minutes)

    aws elasticache describe-events \\
      --duration 60

You should see \`available\`.

    second

## Steps

1. (2 minutes) See what the service says
   of itself: \`curl\`.
2. (10 minutes) Move by hand:

       first --a
       first --b

       after an empty line

   The replica is primary.

       last
`;

describe("reading a runbook", () => {
  const { title, sections } = parseRunbook("redis", page);

  it("finds its title and its headings", () => {
    expect(title).to.equal("Redis");
    expect(sections.map(({ heading }) => heading)).to.deep.equal(["First look", "Steps"]);
  });

  it("finds the commands of a section, block by block", () => {
    expect(sections[0]?.commands).to.deep.equal([
      "aws elasticache describe-events \\\n  --duration 60",
      "second",
    ]);
  });

  it("finds what is said after each block of commands", () => {
    expect(sections[0]?.outcomes).to.deep.equal(["You should see `available`.", ""]);
    expect(sections[1]?.steps.map(({ outcomes }) => outcomes)).to.deep.equal([
      [],
      ["The replica is primary.", ""],
    ]);
  });

  it("finds the commands of each step, and how long it takes", () => {
    expect(sections[1]?.steps).to.deep.equal([
      {
        number: 1,
        minutes: 2,
        text: "See what the service says of itself: `curl`.",
        commands: [],
        outcomes: [],
      },
      {
        number: 2,
        minutes: 10,
        text: "Move by hand: The replica is primary.",
        commands: ["first --a\nfirst --b\n\nafter an empty line", "last"],
        outcomes: ["The replica is primary.", ""],
      },
    ]);
  });
});
