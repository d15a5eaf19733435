import { expect } from "chai";
import { parseRunbook } from "../../../scripts/drill/runbook.ts";

const markdown = `# Redis

Nothing in it needs a backup.

## First look (2 minutes)

    aws elasticache describe-events \\
      --duration 60

You should see \`available\`.

    second

## Steps

1. (2 minutes) See what the service says
   of itself: \`curl\`.
2. (10 minutes) Fail over:

       first --a
       first --b

       after an empty line

   The replica is primary.

       last
`;

describe("parsing a runbook", () => {
  it("finds the commands of sections and steps, block by block, with the outcomes behind them", () => {
    expect(parseRunbook("redis", markdown)).to.deep.equal({
      name: "redis",
      title: "Redis",
      sections: [
        {
          heading: "First look",
          minutes: 2,
          steps: [],
          commands: ["aws elasticache describe-events \\\n  --duration 60", "second"],
          outcomes: ["You should see `available`.", ""],
        },
        {
          heading: "Steps",
          minutes: 0,
          commands: [],
          outcomes: [],
          steps: [
            { number: 1, minutes: 2, text: "See what the service says of itself: `curl`.", commands: [], outcomes: [] },
            {
              number: 2,
              minutes: 10,
              text: "Fail over: The replica is primary.",
              commands: ["first --a\nfirst --b\n\nafter an empty line", "last"],
              outcomes: ["The replica is primary.", ""],
            },
          ],
        },
      ],
    });
  });
});
