import type { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function/index.js";
import { Construct } from "constructs";
import { preTrafficFunctionId, probeAccountParameter } from "../../../scripts/release/pre-traffic/contract.ts";
import { variables } from "../../../service/contract.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { deploymentApplication } from "../../names.ts";
import type { EncryptionKey } from "../identity/encryption-key.ts";
import { addArchiveFunction, allowParameters, type FunctionArchive } from "./archive-function.ts";
import type { ServiceFunction } from "./service-function.ts";

export interface PreTrafficCheckProps {
  readonly archive: FunctionArchive;
  /** The functions whose new versions it tests; the deployment groups have their names. */
  readonly functions: readonly ServiceFunction[];
  /** Encrypts the parameter with the credentials of its test account. */
  readonly encryptionKey: EncryptionKey;
}

/**
 * The function that CodeDeploy invokes before a new version gets its first request. It tests the version and reports the result.
 *
 * It is outside of the VPC, because it calls only AWS. Inside, production would need endpoints for CodeDeploy and Lambda, billed
 * by the hour. It has no alias: CodeDeploy invokes `$LATEST`. A release brings its archive, and Terraform leaves the code alone after
 * the creation. Billed by the invocation.
 *
 * @example
 * new PreTrafficCheck(this, "pre-traffic", { archive, functions: [auth, api], encryptionKey: foundation.dataKey });
 */
export class PreTrafficCheck extends Construct {
  readonly lambda: LambdaFunction;

  constructor(scope: Construct, id: string, props: PreTrafficCheckProps) {
    super(scope, id);
    const { archive, functions, encryptionKey } = props;
    const stack = EcobeatStack.of(this);
    const { region, accountId } = stack;
    const environment = stack.environment.name;
    const application = deploymentApplication(environment);
    const permissions = [
      {
        sid: "ReadDeployment",
        actions: ["codedeploy:GetDeployment"],
        resources: functions.map(
          ({ name }) => `arn:aws:codedeploy:${region}:${accountId}:deploymentgroup:${application}/${name}`,
        ),
      },
      {
        sid: "ReadAppSpec",
        actions: ["codedeploy:GetApplicationRevision"],
        resources: [`arn:aws:codedeploy:${region}:${accountId}:application:${application}`],
      },
      {
        sid: "ReportHookStatus",
        actions: ["codedeploy:PutLifecycleEventHookExecutionStatus"],
        // It has no resource. A report needs an id that CodeDeploy sends only to the function:
        // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodedeploy.html
        resources: ["*"],
      },
      {
        sid: "InvokeVersions",
        actions: ["lambda:InvokeFunction"],
        // Always with a version or an alias.
        resources: functions.map(({ name }) => `arn:aws:lambda:${region}:${accountId}:function:${name}:*`),
      },
      allowParameters(stack, "ReadAccount", [probeAccountParameter]),
      {
        sid: "DecryptAccount",
        actions: ["kms:Decrypt"],
        resources: [encryptionKey.arn],
        conditions: { StringEquals: { "kms:ViaService": `ssm.${region}.amazonaws.com` } },
      },
    ];
    this.lambda = addArchiveFunction(this, {
      name: stack.resourceName(preTrafficFunctionId),
      description: "Tests a new version before it gets requests",
      archive,
      archiveFromReleases: true,
      handler: "index.tryVersion",
      memoryMb: 512,
      // Six requests, two of which may wait for a cold start.
      timeoutSeconds: 90,
      // One deployment of each function at a time.
      reservedConcurrency: functions.length,
      environmentVariables: { [variables.environment]: environment },
      permissions,
    }).lambda;
  }
}
