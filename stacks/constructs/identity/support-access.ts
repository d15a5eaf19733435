import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy/index.js";
import { Construct } from "constructs";
import { EcobeatStack } from "../../ecobeat-stack.ts";
import { supportFunction, supportPolicyName } from "../../names.ts";
import { adminManagedPath } from "./boundary-name.ts";
import { policyDocument } from "./policy-document.ts";

/**
 * A managed policy for the permission set of the people in support: they may call the support function by its URL, and nothing else. An
 * administrator manages it, as the deploy roles' policies. Costs nothing.
 *
 * @example new SupportAccess(this, "support-access");
 */
export class SupportAccess extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const stack = EcobeatStack.of(this);
    const { environment, region, accountId } = stack;
    const resources = [`arn:aws:lambda:${region}:${accountId}:function:${stack.resourceName(supportFunction)}`];
    // Since October 2025 a URL requires both: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
    new IamPolicy(this, "policy", {
      name: supportPolicyName(environment),
      path: adminManagedPath,
      description: "Call the support function by its URL",
      policy: policyDocument(
        { sid: "FindUrl", actions: ["lambda:GetFunctionUrlConfig"], resources },
        {
          sid: "CallUrl",
          actions: ["lambda:InvokeFunctionUrl"],
          resources,
          conditions: { StringEquals: { "lambda:FunctionUrlAuthType": "AWS_IAM" } },
        },
        {
          // An invocation without the URL could claim to be from anyone.
          sid: "CallOnlyByUrl",
          actions: ["lambda:InvokeFunction"],
          resources,
          conditions: { Bool: { "lambda:InvokedViaFunctionUrl": "true" } },
        },
      ),
    });
  }
}
