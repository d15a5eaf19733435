// `node --import tsx scripts/workflows/plan-comment.ts FILE`: puts a review of plans on the pull request that this job is
// about, as one comment that is written anew with each push.
import { readFile } from "node:fs/promises";
import { ConfigurationError } from "../../service/config.ts";
import { runForPeople } from "../run-for-people.ts";
import { GitHubClient } from "./github-client.ts";
import { writeComment } from "./pull-request-comment.ts";
import { readPullRequestJob } from "./pull-request-job.ts";

const marker = "<!-- plan-review -->";

await runForPeople(async () => {
  const { access, repository, pullRequest, commit } = await readPullRequestJob(process.env);
  const review = await readFile(process.argv[2] ?? "", "utf8").catch((cause: unknown) => {
    throw new ConfigurationError(
      "There is no review to comment with: the step before has written none. See what it says.",
      { cause },
    );
  });
  const text = `${review}\nOf commit ${commit}.\n`;
  const done = await writeComment(new GitHubClient(access), { repository, pullRequest, marker }, text);
  console.log(`The review on pull request ${pullRequest} was ${done}.`);
});
