import { environments } from "../../stacks/environments.ts";
import { readRunbook } from "./runbook.ts";
import type { Scenario } from "./scenario.ts";

/** What a drill in staging needs and does, step by step, as lines for people. */
export function plannedLines({ name, title, page }: Scenario): string[] {
  const { accountId, apiDomain, region } = environments.staging;
  const { sections } = readRunbook(page);
  const commandsOf = (heading: string) => sections.find((section) => section.heading === heading)!.commands;
  const steps = sections.find(({ heading }) => heading === "Steps")!.steps;
  const before = ["First look", "Decide"].map((heading) => [heading, commandsOf(heading)] as const);
  return [
    `${name} in staging: account ${accountId}, ${region}, https://${apiDomain}`,
    "needs: the AWS CLI, signed in to that account: it may read and write the vault, and set the functions' concurrency",
    "needs: MONGODB_URI, the address from Atlas with the database's name in it, and a user with readWrite and dbAdmin on it",
    "needs: this machine's address on the Atlas project's access list",
    "needs: HEALTH_API_KEY, the app's key of staging",
    "asks: the environment's name is to be typed",
    "does: registers 4 users by the API, writes as many activities as --documents says, and goes on writing",
    "does: npm run ops -- backup create --to the vault",
    `does: ${title.toLowerCase()}`,
    ...[...before, ...steps.map(({ number, commands }) => [`step ${number}`, commands] as const)].flatMap(
      ([where, commands]) =>
        commands.flatMap((command) =>
          command.split("\n").map((line) => `does: ${page}, ${where.toLowerCase()}: ${line}`),
        ),
    ),
    "does: checks by the API, and counts documents and indexes",
    "does: deletes the users and the activities that it made",
  ];
}
