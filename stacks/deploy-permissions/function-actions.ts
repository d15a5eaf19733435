import { type DeployActionTable, type Scope, scope } from "./deploy-actions.ts";
import { passableRoles } from "./role-actions.ts";

const functions = scope("Functions", ({ name, accountId }) => [
  `arn:aws:lambda:*:${accountId}:function:${name}-*`,
]);

/** The functions, opened to API Gateway and to nobody else: whoever may call `auth` after changing its code may sign. */
const openToApi: Scope = {
  ...functions,
  sid: "OpenToApi",
  conditions: () => ({ StringEquals: { "lambda:Principal": "apigateway.amazonaws.com" } }),
};

const deployments = scope("Deployments", ({ name, accountId }) => [
  `arn:aws:codedeploy:*:${accountId}:application:${name}`,
  `arn:aws:codedeploy:*:${accountId}:deploymentgroup:${name}/*`,
]);

/** The functions. Who deploys them sets what they run, and cannot call them. */
export const functionActions: DeployActionTable = {
  aws_codedeploy_app: {
    read: [[deployments, "codedeploy:GetApplication", "codedeploy:ListTagsForResource"]],
    write: [
      [
        deployments,
        "codedeploy:CreateApplication",
        "codedeploy:DeleteApplication",
        "codedeploy:TagResource",
        "codedeploy:UntagResource",
        "codedeploy:UpdateApplication",
      ],
    ],
  },
  aws_codedeploy_deployment_group: {
    read: [[deployments, "codedeploy:GetDeploymentGroup", "codedeploy:ListTagsForResource"]],
    write: [
      [
        deployments,
        "codedeploy:CreateDeploymentGroup",
        "codedeploy:DeleteDeploymentGroup",
        "codedeploy:TagResource",
        "codedeploy:UntagResource",
        "codedeploy:UpdateDeploymentGroup",
      ],
      [passableRoles, "iam:PassRole"],
    ],
  },
  aws_lambda_alias: {
    read: [[functions, "lambda:GetAlias"]],
    write: [[functions, "lambda:CreateAlias", "lambda:DeleteAlias", "lambda:UpdateAlias"]],
  },
  aws_lambda_function: {
    read: [
      [
        functions,
        "lambda:GetFunction",
        "lambda:GetFunctionCodeSigningConfig",
        "lambda:ListTags",
        "lambda:ListVersionsByFunction",
      ],
    ],
    write: [
      [
        functions,
        "lambda:CreateFunction",
        "lambda:DeleteFunction",
        "lambda:DeleteFunctionConcurrency",
        "lambda:GetFunctionConfiguration",
        "lambda:PublishVersion",
        "lambda:PutFunctionConcurrency",
        "lambda:TagResource",
        "lambda:UntagResource",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
      ],
      [passableRoles, "iam:PassRole"],
    ],
  },
  aws_lambda_function_event_invoke_config: {
    read: [[functions, "lambda:GetFunctionEventInvokeConfig"]],
    write: [
      [
        functions,
        "lambda:DeleteFunctionEventInvokeConfig",
        "lambda:PutFunctionEventInvokeConfig",
        "lambda:UpdateFunctionEventInvokeConfig",
      ],
    ],
  },
  aws_lambda_permission: {
    read: [[functions, "lambda:GetPolicy"]],
    write: [
      [openToApi, "lambda:AddPermission"],
      [functions, "lambda:RemovePermission"],
    ],
  },
  aws_lambda_provisioned_concurrency_config: {
    read: [[functions, "lambda:GetProvisionedConcurrencyConfig"]],
    write: [
      [functions, "lambda:DeleteProvisionedConcurrencyConfig", "lambda:PutProvisionedConcurrencyConfig"],
    ],
  },
};
