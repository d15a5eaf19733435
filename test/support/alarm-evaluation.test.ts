import { expect } from "chai";
import { evaluateExpression, isInAlarm, isRuleMet } from "./alarm-evaluation.ts";

const evaluate = (text: string, values: Readonly<Record<string, number | undefined>> = {}) =>
  evaluateExpression(text, new Map(Object.entries(values)));

describe("alarm evaluation", () => {
  it("knows precedence, parentheses and functions", () => {
    expect(evaluate("100 - 100 * 2 / 8")).to.equal(75);
    expect(evaluate("(100 - 20) / 2 / 2 >= 20")).to.equal(1);
    expect(evaluate("IF(a > 1.5, a * 2, 0)", { a: 2 })).to.equal(4);
    expect(evaluate("IF(a > 2, a * 2, 0)", { a: 2 })).to.equal(0);
    expect(evaluate("a + FILL(b, 0)", { a: 2, b: 3 })).to.equal(5);
  });

  it("has no result without data, unless FILL replaces them", () => {
    expect(evaluate("a + b", { a: 2, b: undefined })).to.equal(undefined);
    expect(evaluate("IF(b >= 1, 1, 0)", { b: undefined })).to.equal(undefined);
    expect(evaluate("a + FILL(b, 0)", { a: 2, b: undefined })).to.equal(2);
  });

  it("rejects what it does not know, instead of a wrong result", () => {
    for (const text of ["SUM(METRICS())", "a ^ 2", "a a", "(a", "IF(a, 1)", "b"]) {
      expect(() => evaluate(text, { a: 1 }), text).to.throw();
    }
    const measure = () => 0;
    expect(() => isInAlarm({ alarm_name: "x", metric_name: "Errors" }, 0, measure)).to.throw("not an expression");
    expect(() => isRuleMet("OK(x)", () => true)).to.throw("not supported");
  });
});
