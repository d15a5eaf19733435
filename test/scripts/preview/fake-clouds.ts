import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Reply, type Responder, startServer } from "../doctor/fixture.ts";
import { createMigrationOutcome } from "../release/emulated-aws.ts";
import { type Ended, ops } from "../run-ops.ts";

/** A function as Lambda shows it. */
interface FakeFunction {
  readonly variables: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** A function of the AWS SDK's errors: Lambda's answer for a name that does not exist. */
const noFunction: Reply = {
  status: 404,
  headers: { "x-amzn-errortype": "ResourceNotFoundException" },
  body: { Message: "Function not found" },
};

/**
 * HCP Terraform, GitHub and Lambda, as far as previews need them, and a program `terraform` that changes Lambda alone. As the real
 * ones do, HCP Terraform pages its lists, searches within names, and refuses to delete a workspace whose state has resources.
 */
export class FakeClouds {
  /** Times of creation, by the names of workspaces. */
  readonly workspaces = new Map<string, string>();
  readonly functions = new Map<string, FakeFunction>();
  readonly closed = new Set<number>();
  /** Pull requests that GitHub does not have. */
  readonly unknown = new Set<number>();
  /** What happened, in order. */
  readonly events: string[] = [];
  /** Bodies of requests to create workspaces. */
  readonly created: object[] = [];
  /** What `migrate` of a preview throws; @default nothing */
  migrationError = "";
  /** Called when a function `migrate` is invoked. */
  onMigration = () => {};
  /** Whether GitHub refuses to show pull requests. */
  refusesPullRequests = false;
  /** How many requests to delete a workspace are refused. */
  refusedDeletions = 0;
  /** The command of Terraform that fails. */
  failing = "";
  #server!: Awaited<ReturnType<typeof startServer>>;
  #path!: string;

  /** @param folder a folder for the program `terraform` */
  async start(folder: string): Promise<void> {
    this.#server = await startServer((request) => this.#respond(request));
    this.#path = mkdtempSync(join(folder, "terraform-"));
    const program = `#!${process.execPath}
const { readFileSync } = require("node:fs");
const [command] = process.argv.slice(2);
if (command === "version") console.log('{"terraform_version":"1.11.4"}');
else fetch(${JSON.stringify(`${this.#server.url}/terraform/`)} + command, { method: "POST", body: readFileSync("cdk.tf.json") })
  .then(async (response) => {
    console.log(await response.text());
    process.exit(response.ok ? 0 : 1);
  });
`;
    writeFileSync(join(this.#path, "terraform"), program, { mode: 0o755 });
  }

  get url(): string {
    return this.#server.url;
  }

  stop(): void {
    this.#server.stop();
  }

  /** Runs `npm run ops --` against these. */
  ops(args: readonly string[], variables: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return ops(args, {
      PATH: `${this.#path}:${process.env.PATH}`,
      TFE_ADDRESS: this.#server.url,
      TF_TOKEN_127_0_0_1: "token",
      GITHUB_API_URL: this.#server.url,
      GH_TOKEN: "",
      GITHUB_TOKEN: "",
      AWS_ENDPOINT_URL: this.#server.url,
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      TF_PLUGIN_DIR: "",
      ECOBEAT_BACKEND: undefined,
      ...variables,
    });
  }

  /** A preview that is complete. */
  add(pullRequest: number, expiresAt: string): void {
    const name = `ecobeat-pr-${pullRequest}`;
    this.workspaces.set(`${name}-service`, "2026-11-01T00:00:00.000Z");
    for (const id of ["auth", "api", "migrate"])
      this.functions.set(`${name}-${id}`, {
        variables: { API_URL: `https://${pullRequest}.execute-api.test/live` },
        tags: { expires: expiresAt },
      });
  }

  #respond({ method, url: { pathname: path, searchParams }, body }: Parameters<Responder>[0]): Reply | undefined {
    const [, area = "", name = "", action = ""] = /^\/(?:[\d-]+\/)?(\w+)(?:\/([^/]+))?(?:\/(.+))?$/.exec(path) ?? [];
    if (area === "terraform") return this.#runTerraform(name, body);
    if (area === "functions") return this.#callLambda(method, name, action, body);
    if (area === "repos") {
      if (this.refusesPullRequests) return { status: 403, body: { message: "Resource not accessible by integration" } };
      const [, number] = /\/pulls\/(\d+)$/.exec(path) ?? [];
      return number && !this.unknown.has(Number(number))
        ? { body: { state: this.closed.has(Number(number)) ? "closed" : "open" } }
        : undefined;
    }
    return path.startsWith("/api/v2/") ? this.#callTerraform(method, path.slice(7), searchParams, body) : undefined;
  }

  #callTerraform(method: string, path: string, search: URLSearchParams, body: string): Reply | undefined {
    const toItem = ([name, created]: [string, string]) => ({
      id: `ws-${name}`,
      attributes: { name, "created-at": created },
    });
    if (path === "/organizations/ecobeat/projects") return { body: { data: [{ id: "prj-1" }] } };
    if (path === "/organizations/ecobeat/workspaces" && method === "POST") {
      const { data } = JSON.parse(body);
      this.created.push(data);
      this.workspaces.set(data.attributes.name, new Date().toISOString());
      this.events.push(`workspace ${data.attributes.name} created`);
      return { status: 201, body: { data: toItem([data.attributes.name, ""]) } };
    }
    if (path === "/organizations/ecobeat/workspaces") {
      const found = [...this.workspaces].filter(([name]) => name.includes(search.get("search[name]") ?? ""));
      const page = Number(search.get("page[number]"));
      const data = found.slice((page - 1) * 2, page * 2).map(toItem);
      return { body: { data, meta: { pagination: { "next-page": page * 2 < found.length ? page + 1 : null } } } };
    }
    const [, name = ""] = /^\/workspaces\/ws-(.+)\/actions\/safe-delete$/.exec(path) ?? [];
    if (!name || !this.workspaces.has(name)) return { status: 404, body: {} };
    const preview = name.replace(/service$/, "");
    const hasResources = [...this.functions.keys()].some((each) => each.startsWith(preview));
    if (hasResources || this.refusedDeletions-- > 0)
      return { status: 409, body: { errors: [{ title: "workspace has resources under management" }] } };
    this.workspaces.delete(name);
    this.events.push(`workspace ${name} deleted`);
    return { status: 204 };
  }

  #callLambda(method: string, name: string, action: string, body: string): Reply {
    const found = this.functions.get(name);
    if (!found) return noFunction;
    if (action === "concurrency")
      this.events.push(`${name} limited to ${JSON.parse(body).ReservedConcurrentExecutions}`);
    if (action !== "invocations" || method !== "POST")
      return { body: { Configuration: { Environment: { Variables: found.variables } }, Tags: found.tags } };
    const request = JSON.parse(body);
    this.events.push(`${name} invoked with ${body}`);
    this.onMigration();
    if (this.migrationError)
      return { headers: { "x-amz-function-error": "Unhandled" }, body: { errorMessage: this.migrationError } };
    return {
      body: request.erase
        ? { erased: request.erase, users: 3, collections: ["activities", "users"] }
        : createMigrationOutcome("users.email_canonical"),
    };
  }

  #runTerraform(command: string, body: string): Reply {
    const { provider, resource } = JSON.parse(body);
    const { expires } = provider.aws[0].default_tags[0].tags;
    if (command === this.failing) return { status: 500, body: "Error: no credentials\n\nThe provider has none.\n" };
    if (command !== "output") this.events.push(`terraform ${command}`);
    for (const { function_name: name } of Object.values<{ function_name: string }>(resource.aws_lambda_function)) {
      if (command === "apply")
        this.functions.set(name, { variables: { API_URL: "https://new.execute-api.test/live" }, tags: { expires } });
      if (command === "destroy") this.functions.delete(name);
    }
    const outputs = { url: { value: "https://new.execute-api.test/live" }, "api-key": { value: "key" } };
    const summary = command === "destroy" ? "Destroy complete! Resources: 83" : "Apply complete! Resources: 83";
    return { body: command === "output" ? outputs : summary };
  }
}
