import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import * as z from "zod";
import { gitHubRepository } from "../../service/company.ts";
import { environmentNames } from "../../stacks/environment-files.ts";
import { environments } from "../../stacks/environments/index.ts";
import { overrideEnvironment, previewGitHubEnvironments } from "../../stacks/names.ts";
import { OperatorError } from "../cli/errors.ts";
import { type Body, getJson, getPages, type JsonApi } from "../cli/json-api.ts";
import { readServiceUrl } from "../cli/service-url.ts";
import { type Check, type Context, type Outcome, toMissing, toRejection } from "./check.ts";

/** Environments of GitHub whose jobs wait for an approval: see docs/workflows.md. */
export const reviewedEnvironments: readonly string[] = [
  "plan",
  previewGitHubEnvironments[0],
  ...Object.values(environments).flatMap(({ promotedTo }) => promotedTo ?? []),
  ...environmentNames.map(overrideEnvironment),
];

/** The repository, and what its workflows need. */
export const gitHubChecks: readonly Check[] = [
  {
    name: "GitHub repository",
    wanted: "that of `gitHubRepository`",
    async run(context, signal): Promise<Outcome> {
      const api = await connect(context, signal);
      const { owner, name, subject } = repository;
      try {
        const schema = z.object({
          id: z.number(),
          name: z.string(),
          owner: z.object({ id: z.number(), login: z.string() }),
        });
        const found = await getJson(api, `/repos/${owner}/${name}`, { signal, schema });
        const action = "Set `gitHubRepository` in service/company.ts, or use a token with access.";
        if (!found) return { state: "wrong", found: `no repository ${owner}/${name}`, action };
        const actual = `${found.owner.login}@${found.owner.id}/${found.name}@${found.id}`;
        return actual === subject
          ? { state: "ok", found: actual }
          : { state: "wrong", found: actual, wanted: subject, action };
      } catch (error) {
        return toRejection(error);
      }
    },
  },
  {
    name: "GitHub environment",
    wanted: "secrets, and reviewers if needed",
    async run(context, signal) {
      const api = await connect(context, signal);
      const needed = await readNeeds(context);
      const present = await list(api, "environments", "environments", signal);
      return Promise.all([...needed].map((need) => checkEnvironment(api, need, present, context, signal)));
    },
  },
  {
    name: "CODEOWNERS",
    wanted: "teams with write access",
    // https://docs.github.com/en/rest/repos/repos#list-codeowners-errors
    async run(context, signal): Promise<Outcome> {
      const api = await connect(context, signal);
      const path = `/repos/${repository.owner}/${repository.name}/codeowners/errors`;
      const found = await getJson(api, path, { signal, schema: z.object({ errors: z.array(z.unknown()) }) });
      if (!found)
        return { state: "wrong", found: "no CODEOWNERS", action: "Push .github/CODEOWNERS to the main branch." };
      const errors: Body[] = found.errors;
      if (errors.length === 0) return { state: "ok", found: "no errors" };
      return {
        state: "wrong",
        found: errors.map(({ kind, path, line, source }) => `${kind} in ${path}:${line}: ${source?.trim()}`).join(", "),
        action: "Create the teams and give them write access, or correct .github/CODEOWNERS.",
      };
    },
  },
];

/** The subject of GitHub's tokens, such as `ecobeat@111111/platform@222222`. */
const [, owner = "", name = ""] = /^(.+)@\d+\/(.+)@\d+$/.exec(gitHubRepository) ?? [];
export const repository = { owner, name, subject: gitHubRepository };

const connect = async ({ variables }: Context, signal: AbortSignal): Promise<JsonApi> =>
  openGitHub(variables, await readToken(variables, signal));

/** GitHub's API. @throws {OperatorError} if the token would be sent unencrypted */
export function openGitHub(variables: NodeJS.ProcessEnv, token: string): JsonApi {
  const { href } = readServiceUrl(variables, "GITHUB_API_URL", "https://api.github.com");
  return {
    name: "GitHub",
    baseUrl: href.replace(/\/$/, ""),
    token,
    mediaType: "application/vnd.github+json",
    statusPage: "https://www.githubstatus.com",
    explanations: {
      401: {
        kind: "unauthorized",
        why: "The token is unknown or has expired.",
        action: "Run `gh auth login`, or set GH_TOKEN to a new one.",
      },
      403: {
        kind: "forbidden",
        why: "The token has no access to it, or exceeds the rate limit.",
        action: "Use a token of an administrator of the repository, or wait an hour.",
      },
    },
  };
}

/** In the order of https://cli.github.com/manual/gh_help_environment. */
async function readToken(variables: NodeJS.ProcessEnv, signal: AbortSignal): Promise<string> {
  const token =
    variables.GH_TOKEN ||
    variables.GITHUB_TOKEN ||
    (await promisify(execFile)("gh", ["auth", "token"], { env: variables, signal }).then(
      ({ stdout }) => stdout.trim(),
      () => "",
    ));
  if (token) return token;
  throw new OperatorError("github-token-missing", {
    what: "There is no token for GitHub.",
    why: "The check reads settings of the repository.",
    action: "Run `gh auth login`, or set GH_TOKEN to a token of an administrator of the repository.",
  });
}

/** Reads all pages of a list of the repository: https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api */
async function list(api: JsonApi, path: string, key: string, signal: AbortSignal): Promise<Body[]> {
  const first = `/repos/${repository.owner}/${repository.name}/${path}?per_page=100`;
  const findNext = (_: Body, link: string) => /<([^>]+)>; rel="next"/.exec(link)?.[1];
  const found: Body[] = [];
  const schema = z.object({ [key]: z.array(z.looseObject({ name: z.string() })) });
  for await (const page of getPages(api, first, findNext, { signal, schema })) found.push(...page[key]);
  return found;
}

/** Names of the secrets that workflows read, by the environments of their jobs, except those of another deployed environment. */
async function readNeeds({ folder, environment }: Context): Promise<Map<string, Set<string>>> {
  const others = environmentNames
    .filter((each) => each !== environment.name)
    .flatMap((each) => [each, overrideEnvironment(each)]);
  const needs = new Map<string, Set<string>>();
  const workflows = join(folder, ".github/workflows");
  for (const file of await readdir(workflows)) {
    const { jobs = {} } = parse(await readFile(join(workflows, file), "utf8"));
    for (const job of Object.values<Body>(jobs)) {
      const name = job.environment?.name ?? job.environment;
      if (!name || others.includes(name)) continue;
      const secrets = [...JSON.stringify(job).matchAll(/secrets\.(\w+)/g)].map(([, secret]) => secret!);
      // GitHub creates this one for each job.
      const own = secrets.filter((secret) => secret !== "GITHUB_TOKEN");
      needs.set(name, new Set([...(needs.get(name) ?? []), ...own]));
    }
  }
  return needs;
}

async function checkEnvironment(
  api: JsonApi,
  [subject, secrets]: readonly [string, ReadonlySet<string>],
  environments: readonly Body[],
  context: Context,
  signal: AbortSignal,
): Promise<Outcome> {
  const found = environments.find((each) => each.name === subject);
  const action = 'See docs/workflows.md, "Set up once".';
  if (!found) return { subject, state: "wrong", found: "none", action: `Create it. ${action}` };
  const rules: Body[] = found.protection_rules ?? [];
  const hasReviewers = rules.some(({ type, reviewers }) => type === "required_reviewers" && reviewers?.length > 0);
  if (reviewedEnvironments.includes(subject) && !hasReviewers) {
    return { subject, state: "wrong", found: "no required reviewers", action: `Add reviewers. ${action}` };
  }
  const present = (await list(api, `environments/${subject}/secrets`, "secrets", signal)).map((each) => each.name);
  const missing = [...secrets].filter((secret) => !present.includes(secret));
  if (missing.length === 0) return { subject, state: "ok", found: `secrets: ${secrets.size}` };
  const outcome = { subject, found: `no ${missing.join(", ")}`, action: `Set them. ${action}` };
  // The account of the smoke tests registers after the first deployment.
  return missing.every((secret) => secret.includes("HEALTH_"))
    ? toMissing(context, outcome)
    : { ...outcome, state: "wrong" };
}
