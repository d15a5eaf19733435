import { expect } from "chai";
import { confirm } from "../../../scripts/cli/prompt.ts";
import { expectCode } from "../../support/errors.ts";

describe("A confirmation", () => {
  const questions: string[] = [];
  const ask = (typed: string | undefined, yes?: boolean) =>
    confirm({
      consequence: "This stops all requests.",
      name: "production",
      yes,
      prompt: async (question) => {
        questions.push(question);
        return typed;
      },
    });

  beforeEach(() => void questions.splice(0));

  it("asks for the name of what is changed", async () => {
    await ask("production");
    expect(questions).to.deep.equal(["This stops all requests. Type production to continue: "]);
  });

  it("asks nothing with --yes", async () => {
    await ask(undefined, true);
    expect(questions).to.deep.equal([]);
  });

  for (const [what, typed, why] of [
    ["without a terminal", undefined, "there is no terminal to answer from"],
    ["without an answer", "", "production was not typed"],
    ["with another name", "staging", "staging was typed, not production"],
    ["with a yes", "yes", "yes was typed, not production"],
  ] as const) {
    it(`is refused ${what}, with a status that is not 0`, async () => {
      const error = await expectCode("not-confirmed", () => ask(typed));
      expect(error.message).to.contain(why).and.contain("type production, or add --yes in scripts");
      expect(error).to.include({ exitStatus: 1 });
    });
  }
});
