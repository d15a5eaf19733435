import type { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function/index.js";
import { Construct } from "constructs";
import {
  preTrafficFunctionId,
  probeAccountParameter,
} from "../../../scripts/release/pre-traffic/contract.ts";
import { parameterPath, variables } from "../../../service/contract.ts";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { deploymentApplication } from "../../names.ts";
import type { EncryptionKey } from "../identity/encryption-key.ts";
import { addArchiveFunction, type FunctionArchive } from "./archive-function.ts";
import type { ServiceFunction } from "./service-function.ts";

export interface PreTrafficCheckProps {
  readonly archive: FunctionArchive;
  /** The functions whose new versions it tries; CodeDeploy's groups have their names. */
  readonly functions: readonly ServiceFunction[];
  /** Encrypts the parameter with the account that it logs in with. */
  readonly encryptionKey: EncryptionKey;
}

/**
 * The function that CodeDeploy calls before a new version gets its first request: it tries the version and says whether to go on.
 *
 * ```ts
 * new PreTrafficCheck(this, "pre-traffic", {
 *   archive, functions: [auth, api], encryptionKey: foundation.dataKey,
 * });
 * ```
 *
 * It is outside of the VPC: it calls AWS alone, and what it tries is in the VPC by itself. Inside, production would need endpoints
 * for CodeDeploy and Lambda, billed by the hour. It has no alias: it always runs what was deployed last. Billed by the call.
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
    const accountParameter = parameterPath(environment, probeAccountParameter);
    const permissions = [
      {
        sid: "ReadDeployment",
        actions: ["codedeploy:GetDeployment"],
        resources: functions.map(
          ({ name }) => `arn:aws:codedeploy:${region}:${accountId}:deploymentgroup:${application}/${name}`,
        ),
      },
      {
        sid: "Report",
        actions: ["codedeploy:PutLifecycleEventHookExecutionStatus"],
        // It knows no resource. What is reported bears an id that CodeDeploy tells the function alone:
        // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodedeploy.html
        resources: ["*"],
      },
      {
        sid: "TryVersions",
        actions: ["lambda:InvokeFunction"],
        // With a version or an alias, never without.
        resources: functions.map(({ name }) => `arn:aws:lambda:${region}:${accountId}:function:${name}:*`),
      },
      {
        sid: "ReadAccount",
        actions: ["ssm:GetParameters"],
        resources: [`arn:aws:ssm:${region}:${accountId}:parameter${accountParameter}`],
      },
      {
        sid: "DecryptAccount",
        actions: ["kms:Decrypt"],
        resources: [encryptionKey.arn],
        conditions: { StringEquals: { "kms:ViaService": `ssm.${region}.amazonaws.com` } },
      },
    ];
    this.lambda = addArchiveFunction(
      this,
      {
        name: stack.resourceName(preTrafficFunctionId),
        archive,
        environmentVariables: { [variables.environment]: environment },
        permissions,
      },
      {
        description: "Tries a new version before it gets requests",
        handler: "index.tryVersion",
        memoryMb: 512,
        // Six requests, of which two may meet a cold start.
        timeoutSeconds: 90,
        // A deployment of each function at a time.
        reservedConcurrency: functions.length,
        publish: false,
      },
    ).lambda;
  }
}
