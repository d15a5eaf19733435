import { expect } from "chai";
import { formatTable } from "../../../scripts/cli/table.ts";

describe("a table", () => {
  it("aligns text to the left and numbers to the right, and ends no line with spaces", () => {
    const rows = [
      ["function", "MB", "state"],
      ["api", "512", ""],
      ["auth", "1024"],
    ];
    expect(formatTable(rows, [1])).to.deep.equal(["function    MB  state", "api        512", "auth      1024"]);
  });
});
