import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Declared, declaredTool } from "./declared.ts";
import { accepted, refused, type Tool } from "./tool.ts";

const root = join(import.meta.dirname, "..", "..", "..");

/** Flags of all ways to begin a restore. */
const restored = ["--clusterName=", "--targetProjectId=", "--targetClusterName=", "--projectId="];

/** Programs of others that pages name, and that tests do not run. */
const declared: Readonly<Record<string, Declared>> = {
  dig: {
    source: "https://bind9.readthedocs.io/en/stable/manpages.html#dig-dns-lookup-utility",
    commands: { "": ["+short"] },
    check: (words) =>
      words.find((word) => !/^(NS|A|AAAA|CNAME|TXT|CAA)$/.test(word) && !/^@?[\w.-]+(:\d+)?$/.test(word)),
    prints: () => "192.0.2.1\n",
  },
  whois: { source: "https://manpages.debian.org/stable/whois/whois.1.en.html", commands: { "": [] } },
  atlas: {
    source: "https://www.mongodb.com/docs/atlas/cli/current/command/atlas/",
    commands: {
      "auth whoami": [],
      "api projects getGroupByName": ["--groupName="],
      "processes list": ["--limit=", "--projectId="],
      "clusters describe": ["--projectId="],
      "backups schedule describe": ["--projectId="],
      "backups snapshots list": ["--limit=", "--projectId="],
      "backups snapshots describe": ["--clusterName=", "--projectId="],
      "backups snapshots create": ["--desc=", "--retention=", "--projectId="],
      "backups restores list": ["--limit=", "--projectId="],
      "backups restores describe": ["--clusterName=", "--projectId="],
      "backups restores start automated": [...restored, "--snapshotId="],
      "backups restores start pointInTime": [...restored, "--pointInTimeUTCSeconds="],
    },
  },
  mongoexport: {
    source: "https://www.mongodb.com/docs/database-tools/mongoexport/",
    commands: { "": ["--uri=", "--collection=", "--out="] },
  },
  mongoimport: {
    source: "https://www.mongodb.com/docs/database-tools/mongoimport/",
    commands: { "": ["--uri=", "--collection=", "--mode=", "--file="] },
  },
  terraform: {
    source: "https://developer.hashicorp.com/terraform/cli/commands",
    commands: { login: [], init: [], untaint: [] },
  },
  mongosh: { source: "https://www.mongodb.com/docs/mongodb-shell/reference/options/", commands: { "": ["--eval="] } },
  /** Takes no time. */
  sleep: {
    source: "https://pubs.opengroup.org/onlinepubs/9799919799/utilities/sleep.html",
    commands: { "": [] },
    check: ([seconds = ""]) => (/^\d+$/.test(seconds) ? undefined : `${seconds} is no number of seconds.`),
  },
};

/** `npx`, which pages use for `cdktf` alone. */
export const npx =
  (cdktf: Tool): Tool =>
  ({ args: [program, ...args], cwd }) =>
    program === "cdktf" ? cdktf({ args, cwd }) : refused(`npx ${program}: only cdktf is our dependency.`);

/** `npm ci`, and those of our scripts that take no more words; `ops` is checked to its last word. */
export const npm =
  (ops: Tool): Tool =>
  ({ args, cwd }) => {
    const [command, script, ...rest] = args.filter(
      (word, index) => index > 1 || (word !== "-s" && word !== "--silent"),
    );
    if (command === "run" && script === "ops" && rest[0] === "--") return ops({ args: rest.slice(1), cwd });
    if (command === "ci" && script === undefined) return accepted();
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    if (command === "run" && script! in scripts && rest.length === 0) return accepted();
    return refused("package.json has no such script, or it takes no more words.");
  };

/** A program whose option for the folder stands before the subcommand. */
const inFolder =
  (tool: Tool): Tool =>
  (call) =>
    tool({ ...call, args: call.args.filter((word) => !word.startsWith("-chdir=")) });

/** Fakes of all programs that pages name, except those that run unchanged. */
export const programs = (tools: { aws: Tool; cdktf: Tool; ops: Tool }) => ({
  aws: tools.aws,
  npm: npm(tools.ops),
  npx: npx(tools.cdktf),
  ...Object.fromEntries(Object.entries(declared).map(([name, each]) => [name, inFolder(declaredTool(each))])),
});
