import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import type { APIGatewayProxyEvent } from "aws-lambda";
import { computeSha256, toAppSpec } from "../../../../scripts/release/app-spec.ts";
import { probeAccountParameter } from "../../../../scripts/release/pre-traffic/contract.ts";
import { ssmResponse } from "../../../support/kms-server.ts";
import { listenHttp } from "../../../support/listen.ts";

/** The result of an invocation: a response for API Gateway, or an error of Lambda. */
export type Outcome = object | { readonly refused: string } | { readonly crashed: string };

/** The AWS services that the pre-traffic hook calls, at one address: CodeDeploy, Lambda and SSM. */
export class FakeAws {
  /** Inputs of `PutLifecycleEventHookExecutionStatus`. */
  readonly reportedStatuses: Record<string, string>[] = [];
  /** Invocations, such as `ecobeat-staging-auth:7 GET /health/ready`. */
  readonly calls: string[] = [];
  /** AppSpec of the deployment. */
  appSpec = this.createAppSpec("auth", 7);
  /** Value of the parameter. */
  account: string | undefined;
  /** Code of the error with which CodeDeploy refuses a report. */
  reportError: string | undefined;
  /** Responds to each invocation. */
  respond: (version: string, event: APIGatewayProxyEvent) => Promise<Outcome> = async () => ({});
  url = "";
  readonly #server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url!, "http://aws");
    const target = request.headers["x-amz-target"] ?? `${pathname} ${searchParams.get("Qualifier")}`;
    const { status = 200, body, headers } = await this.#serve(String(target), await json(request));
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1", ...headers });
    response.end(JSON.stringify(body));
  });

  createAppSpec(id: string, to: number): string {
    const name = `ecobeat-staging-${id}`;
    return toAppSpec("staging", { name, alias: "live", from: 6, to });
  }

  async start(): Promise<void> {
    this.url = await listenHttp(this.#server);
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #serve(
    target: string,
    // biome-ignore lint/suspicious/noExplicitAny: of three services
    input: any,
  ): Promise<{ status?: number; body: unknown; headers?: Record<string, string> }> {
    const sha256 = computeSha256(this.appSpec);
    switch (target.split(".").at(-1)) {
      case "GetDeployment":
        return {
          body: {
            deploymentInfo: {
              applicationName: "ecobeat-staging",
              deploymentId: input.deploymentId,
              // Without the content: https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_GetDeployment.html
              revision: { revisionType: "AppSpecContent", appSpecContent: { content: null, sha256 } },
            },
          },
        };
      case "GetApplicationRevision":
        return input.revision.appSpecContent.sha256 === sha256
          ? { body: { revision: { ...input.revision, appSpecContent: { content: this.appSpec, sha256 } } } }
          : { status: 400, body: { __type: "RevisionDoesNotExistException" } };
      case "PutLifecycleEventHookExecutionStatus":
        if (this.reportError) return { status: 400, body: { __type: this.reportError, message: "said CodeDeploy" } };
        this.reportedStatuses.push(input);
        return { body: { lifecycleEventHookExecutionId: input.lifecycleEventHookExecutionId } };
      case "GetParameters": {
        if (!input.WithDecryption) return { status: 400, body: { __type: "InvalidParameters" } };
        const values = this.account === undefined ? {} : { [probeAccountParameter]: this.account };
        return { body: ssmResponse("staging", input, values) };
      }
    }
    const [, name, version] = /functions\/([^/]+)\/invocations (\S+)$/.exec(target)!;
    this.calls.push(`${name}:${version} ${input.httpMethod} ${input.path}`);
    const outcome = await this.respond(`${name}:${version}`, input);
    if ("refused" in outcome) {
      const headers = { "x-amzn-errortype": String(outcome.refused) };
      return { status: 429, headers, body: { message: "said Lambda" } };
    }
    if ("crashed" in outcome) {
      return { headers: { "x-amz-function-error": "Unhandled" }, body: { errorMessage: outcome.crashed } };
    }
    return { body: outcome };
  }
}
