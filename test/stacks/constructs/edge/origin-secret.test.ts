import { expect } from "chai";
import { OriginSecret, OriginVerifyRule } from "../../../../stacks/constructs/edge/origin-secret.ts";
import type { EncryptionKey } from "../../../../stacks/constructs/identity/encryption-key.ts";
import { synthesizeConstructs } from "../../../support/construct-stack.ts";
import type { Attributes } from "../../../support/synthesize.ts";

/** The templates of the secret and of the web ACL's rule, once the secret was renewed up to a number. */
function templates(number?: number): { secret: Attributes; statement: Attributes } {
  const { resource } = synthesizeConstructs((scope) => {
    const secret = new OriginSecret(scope, "secret", {
      encryptionKey: { arn: "arn:key" } as EncryptionKey,
      ...(number !== undefined && { version: number }),
    });
    new OriginVerifyRule(scope, "rule", { secret });
  });
  const stacks = Object.values<Attributes>(resource.aws_cloudformation_stack!);
  const [secret, group] = ["origin", "origin-verify-rule"].map(
    (name) =>
      JSON.parse(stacks.find((stack) => stack.name === `ecobeat-staging-${name}`)!.template_body).Resources,
  );
  return { secret, statement: group.Group.Properties.Rules[0].Statement.NotStatement.Statement };
}

const value = (number: number) => `{{resolve:secretsmanager:ecobeat-staging-origin-${number}:SecretString}}`;

describe("OriginSecret", () => {
  it("is the only one that the web ACL accepts at first", () => {
    const { secret, statement } = templates();
    expect(Object.keys(secret)).to.deep.equal(["Secret1"]);
    expect(statement.ByteMatchStatement.SearchString).to.equal(value(1));
  });

  it("is taken together with the one before, once it was renewed, and with no older one", () => {
    for (const number of [2, 3]) {
      const { secret, statement } = templates(number);
      expect(Object.keys(secret)).to.deep.equal([`Secret${number}`]);
      expect(secret[`Secret${number}`].Properties.Name).to.equal(`ecobeat-staging-origin-${number}`);
      const taken = statement.OrStatement.Statements.map(
        ({ ByteMatchStatement }: Attributes) => ByteMatchStatement.SearchString,
      );
      expect(taken).to.deep.equal([value(number), value(number - 1)]);
    }
  });

  it("stays when another has replaced it, as the web ACL accepts it for one more renewal", () => {
    expect(templates(2).secret.Secret2.DeletionPolicy).to.equal("Retain");
  });

  for (const number of [0, 1.5, -1]) {
    it(`refuses the number ${number}`, () => {
      expect(() => templates(number)).to.throw(
        /is to have the number .* whole number of its own.* Use the number before/,
      );
    });
  }
});
