import { expect } from "chai";
import { policyDocument } from "../../../../stacks/constructs/identity/policy-document.ts";
import { expectCode } from "../../../support/errors.ts";

describe("policyDocument", () => {
  it("writes statements as IAM reads them", () => {
    const document = policyDocument(
      { sid: "Read", actions: ["ssm:GetParameters"], resources: ["arn:1"] },
      {
        sid: "NotThat",
        effect: "Deny",
        principals: { Service: "lambda.amazonaws.com" },
        actions: ["sts:AssumeRole"],
        conditions: { StringEquals: { "aws:SourceAccount": "111122223333" } },
      },
    );
    expect(JSON.parse(document)).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        { Sid: "Read", Effect: "Allow", Action: ["ssm:GetParameters"], Resource: ["arn:1"] },
        {
          Sid: "NotThat",
          Effect: "Deny",
          Principal: { Service: "lambda.amazonaws.com" },
          Action: ["sts:AssumeRole"],
          Condition: { StringEquals: { "aws:SourceAccount": "111122223333" } },
        },
      ],
    });
  });

  for (const action of ["*", "kms:*", "s3:Get*"]) {
    it(`refuses to allow the action ${action}`, () =>
      expectCode("policy-action-wildcard", () =>
        policyDocument({ sid: "All", actions: [action], resources: ["arn:1"] }),
      ));
  }

  it("accepts a wildcard in a denial", () => {
    const denial = policyDocument({ sid: "None", effect: "Deny", actions: ["s3:*"], resources: ["arn:1"] });
    expect(JSON.parse(denial).Statement[0].Action).to.deep.equal(["s3:*"]);
  });
});
