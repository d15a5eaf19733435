import {
  type DeployActions,
  type DeployActionTable,
  namedScope,
  networkReads,
  readWrite,
  type Scope,
  scope,
  tagging,
} from "./deploy-actions.ts";
import { passableRoles } from "./role-actions.ts";

const functions = namedScope("Functions", "lambda", (prefix) => [`function:${prefix}-*`]);

/** Lambda chooses their ids. */
const eventSources = scope("EventSources", "lambda", ({ accountId }) => [
  `arn:aws:lambda:*:${accountId}:event-source-mapping:*`,
]);
/** Those of the environment's functions alone. */
const calledByEventSources: Scope = {
  ...eventSources,
  sid: "OwnEventSources",
  conditions: ({ namePrefix, accountId }) => ({
    ArnLike: { "lambda:FunctionArn": `arn:aws:lambda:*:${accountId}:function:${namePrefix}-*` },
  }),
};

/** The action has no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html */
const newEventSources: Scope = { ...calledByEventSources, sid: "NewEventSources", resources: () => ["*"] };

/** To let only API Gateway call the functions: anyone who may call `auth` after changing its code can sign. */
const apiGatewayCallers: Scope = {
  ...functions,
  sid: "AllowApiGateway",
  conditions: () => ({ StringEquals: { "lambda:Principal": "apigateway.amazonaws.com" } }),
};

/** A URL that anyone may call needs no permission of ours: only URLs that require a signature of AWS. */
const signedUrls: Scope = {
  ...functions,
  sid: "SignedUrls",
  conditions: () => ({ StringEquals: { "lambda:FunctionUrlAuthType": "AWS_IAM" } }),
};

const deployments = namedScope("Deployments", "codedeploy", (prefix) => [
  `application:${prefix}`,
  `deploymentgroup:${prefix}/*`,
]);

const codeDeployActions = (kind: string): DeployActions => ({
  read: [[deployments, `Get${kind}`, "ListTagsForResource"]],
  write: [[deployments, `Create${kind}`, `Delete${kind}`, `Update${kind}`], tagging(deployments)],
});
const deploymentGroups = codeDeployActions("DeploymentGroup");

/** The functions. A deploy role sets their code, and cannot call them. */
export const functionActions: DeployActionTable = {
  aws_codedeploy_app: codeDeployActions("Application"),
  aws_codedeploy_deployment_group: {
    ...deploymentGroups,
    write: [...deploymentGroups.write, [passableRoles, "PassRole"]],
  },
  aws_lambda_alias: readWrite([functions, "GetAlias"], [functions, "CreateAlias", "DeleteAlias", "UpdateAlias"]),
  aws_lambda_event_source_mapping: readWrite(
    [eventSources, "GetEventSourceMapping", "ListTags"],
    [newEventSources, "CreateEventSourceMapping"],
    [calledByEventSources, "DeleteEventSourceMapping", "UpdateEventSourceMapping"],
    tagging(eventSources),
  ),
  aws_lambda_function: readWrite(
    [functions, "GetFunction", "GetFunctionCodeSigningConfig", "ListTags", "ListVersionsByFunction"],
    [
      functions,
      "CreateFunction",
      "DeleteFunction",
      "DeleteFunctionConcurrency",
      "GetFunctionConfiguration",
      "PublishVersion",
      "PutFunctionConcurrency",
      "UpdateFunctionCode",
      "UpdateFunctionConfiguration",
    ],
    tagging(functions),
    [passableRoles, "PassRole"],
    networkReads,
  ),
  aws_lambda_function_event_invoke_config: readWrite(
    [functions, "GetFunctionEventInvokeConfig"],
    [functions, "DeleteFunctionEventInvokeConfig", "PutFunctionEventInvokeConfig", "UpdateFunctionEventInvokeConfig"],
  ),
  aws_lambda_function_url: readWrite(
    [functions, "GetFunctionUrlConfig"],
    [signedUrls, "CreateFunctionUrlConfig", "UpdateFunctionUrlConfig"],
    [functions, "DeleteFunctionUrlConfig"],
  ),
  aws_lambda_permission: readWrite(
    [functions, "GetPolicy"],
    [apiGatewayCallers, "AddPermission"],
    [functions, "RemovePermission"],
  ),
  aws_lambda_provisioned_concurrency_config: readWrite(
    [functions, "GetProvisionedConcurrencyConfig"],
    [functions, "DeleteProvisionedConcurrencyConfig", "PutProvisionedConcurrencyConfig"],
  ),
};
