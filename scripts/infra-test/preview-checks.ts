import { CloudWatchLogsClient, paginateDescribeLogGroups } from "@aws-sdk/client-cloudwatch-logs";
import { IAMClient, paginateListRoles } from "@aws-sdk/client-iam";
import { GetFunctionCommand, LambdaClient, paginateListFunctions } from "@aws-sdk/client-lambda";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { previewEnvironment, toPreviewName, variables } from "../../service/contract.ts";
import { migrationFunction } from "../../stacks/names.ts";
import type { PreviewRequest } from "../../stacks/preview-request.ts";
import type { Stack } from "../terraform/synthesis.ts";
import type { StackChecks } from "./stack-steps.ts";

/** What the emulator says of a REST API, its stages, keys or plans. */
// biome-ignore lint/suspicious/noExplicitAny: each kind has another shape
type Item = any;

/** Clients of the emulator, in the account of a stack. */
interface Emulator {
  readonly lambda: LambdaClient;
  readonly iam: IAMClient;
  readonly logs: CloudWatchLogsClient;
  /** Lists a collection of API Gateway, such as `/restapis`. */
  list(path: string): Promise<Item[]>;
}

/**
 * What the infrastructure test checks of a preview on the emulator: that it is what it should be, and that nothing of it is left
 * after its destruction.
 *
 * @returns undefined for any other stack
 */
export function checkPreview(request: PreviewRequest, stack: Stack, endpoint: string): StackChecks | undefined {
  const name = toPreviewName(request.pullRequest);
  if (!stack.name.startsWith(`${name}-`)) return undefined;
  const open = () => openEmulator(stack, endpoint);
  return {
    applied: async () => findFaults(await open(), request),
    destroyed: async () => {
      const left = await findResources(await open(), name);
      return left.map((resource) => `${resource} is left.`);
    },
  };
}

async function findFaults(emulator: Emulator, request: PreviewRequest): Promise<string[]> {
  const name = toPreviewName(request.pullRequest);
  const faults: string[] = [];
  const expectEqual = (what: string, actual: unknown, expected: unknown) => {
    if (actual !== expected) faults.push(`${what} is ${JSON.stringify(actual)} and not ${JSON.stringify(expected)}.`);
  };
  const checkTags = (what: string, tags: Item) => {
    expectEqual(`The tag \`environment\` of ${what}`, tags?.environment, previewEnvironment);
    expectEqual(`The tag \`pull-request\` of ${what}`, tags?.["pull-request"], `${request.pullRequest}`);
    expectEqual(`The tag \`expires\` of ${what}`, tags?.expires, request.expiresAt);
  };
  const [api] = (await emulator.list("/restapis")).filter((each) => each.name === `${name}-api`);
  const url = `https://${api?.id}.execute-api.${await emulator.lambda.config.region()}.amazonaws.com/live`;
  for (const id of ["auth", "api", migrationFunction]) {
    const { Configuration, Tags } = await emulator.lambda.send(
      new GetFunctionCommand({ FunctionName: `${name}-${id}` }),
    );
    const set = Configuration?.Environment?.Variables ?? {};
    expectEqual(`${variables.databaseName} of ${id}`, set[variables.databaseName], name);
    expectEqual(`${variables.apiUrl} of ${id}`, set[variables.apiUrl], url);
    checkTags(`the function ${id}`, Tags);
  }
  checkTags("the REST API", api?.tags);
  expectEqual("`disableExecuteApiEndpoint`", api?.disableExecuteApiEndpoint ?? false, false);
  for (const stage of api ? await emulator.list(`/restapis/${api.id}/stages`) : [])
    expectEqual(`The web ACL of the stage ${stage.stageName}`, stage.webAclArn, undefined);
  const plans = (await emulator.list("/usageplans")).filter((each) => each.name === `${name}-app`);
  expectEqual("The API of the usage plan", plans[0]?.apiStages?.[0]?.apiId, api?.id);
  expectEqual("The number of API keys", (await listNamed(emulator, "/apikeys", name)).length, 1);
  return faults;
}

/** Names of all that exists of a preview. */
async function findResources({ lambda, iam, logs, ...emulator }: Emulator, name: string): Promise<string[]> {
  const found: (string | undefined)[] = [];
  for await (const { Functions = [] } of paginateListFunctions({ client: lambda }, {}))
    found.push(...Functions.map(({ FunctionArn }) => FunctionArn));
  for await (const { Roles = [] } of paginateListRoles({ client: iam }, {})) found.push(...Roles.map(({ Arn }) => Arn));
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client: logs }, {}))
    found.push(...logGroups.map(({ logGroupName }) => logGroupName));
  for (const path of ["/restapis", "/usageplans", "/apikeys"])
    found.push(...(await emulator.list(path)).map((each) => `${path}/${each.name}`));
  return found.filter((each) => each?.includes(`${name}-`)) as string[];
}

const listNamed = async (emulator: Emulator, path: string, name: string): Promise<Item[]> =>
  (await emulator.list(path)).filter((each) => each.name.startsWith(`${name}-`));

/** The emulator derives the account of a request from the assumed role, as in `provider-differences.ts`. */
async function openEmulator({ configuration }: Stack, endpoint: string): Promise<Emulator> {
  // biome-ignore lint/suspicious/noExplicitAny: the provider of a synthesized stack
  const [provider] = (configuration as any).provider.aws;
  const { region } = provider;
  const initial = { accessKeyId: "test", secretAccessKey: "test" };
  const sts = new STSClient({ region, endpoint, credentials: initial });
  const [{ role_arn: RoleArn }] = provider.assume_role;
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "preview-checks" }));
  const accessKeyId = Credentials!.AccessKeyId!;
  const credentials = {
    accessKeyId,
    secretAccessKey: Credentials!.SecretAccessKey!,
    sessionToken: Credentials!.SessionToken!,
  };
  const options = { region, endpoint, credentials };
  const scope = `${accessKeyId}/20260101/${region}/apigateway/aws4_request`;
  return {
    lambda: new LambdaClient(options),
    iam: new IAMClient(options),
    logs: new CloudWatchLogsClient(options),
    async list(path) {
      // The emulator reads who calls, and checks no signature.
      const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
      const response = await fetch(`${endpoint}${path}?limit=500`, { headers: { authorization } });
      const { item = [] } = (await response.json()) as { item?: Item[] };
      return item;
    },
  };
}
