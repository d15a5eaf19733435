/** A request to AWS. */
export interface SentRequest {
  readonly method: string;
  readonly url: string;
  /** The header that names the operation. @default the service has none */
  readonly target?: string;
}

/** A request to AWS as IAM sees it. */
export interface AwsAction {
  /** Full name, such as `lambda:GetAlias`. */
  readonly action: string;
  /** End of the resource's ARN, such as `function:ecobeat-staging-api:live`. @default not known from the request */
  readonly resource?: string;
}

/** Services whose header names the operation. */
const targets: Readonly<Record<string, string>> = {
  CodeDeploy_20141006: "codedeploy",
  GraniteServiceVersion20100801: "cloudwatch",
  Logs_20140328: "logs",
};

/** Lambda's operations, by the method and the end of the path: https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html */
const operations: Readonly<Record<string, string>> = {
  "GET ": "GetFunction",
  "GET /aliases/live": "GetAlias",
  "GET /configuration": "GetFunctionConfiguration",
  "GET /versions": "ListVersionsByFunction",
  "POST /invocations": "InvokeFunction",
  "POST /versions": "PublishVersion",
  "PUT /aliases/live": "UpdateAlias",
  "PUT /code": "UpdateFunctionCode",
};

/**
 * The action that a request needs.
 * @returns `undefined` for requests that need no permission
 * @throws if the operation is unknown
 */
export function toAwsAction({ method, url, target }: SentRequest): AwsAction | undefined {
  const [service = "", operation] = target?.split(".") ?? [];
  if (operation) return { action: `${targets[service] ?? service}:${operation}` };
  const { pathname, searchParams } = new URL(url, "http://aws");
  // The download of an archive, and GetCallerIdentity, which AWS never denies.
  if (pathname === "/") return undefined;
  const [, name, part] = /^\/2015-03-31\/functions\/([^/]+)(.*)$/.exec(pathname) ?? [];
  const found = operations[`${method} ${part}`];
  if (!found) throw new Error(`No operation is known for ${method} ${url}. Add it to aws-actions.ts.`);
  const qualifier = searchParams.get("Qualifier") ?? (part === "/aliases/live" ? "live" : undefined);
  return { action: `lambda:${found}`, resource: `function:${name}${qualifier ? `:${qualifier}` : ""}` };
}
