import { expect } from "chai";
import { toCommentBody } from "../../../scripts/ci/comment-body.ts";

describe("the body of a comment on a pull request", () => {
  it("is the review, and the commit that was reviewed, if there is one", () => {
    expect(toCommentBody("## Plan: no changes\n", "0123abc")).to.equal(
      "## Plan: no changes\n\nOf commit 0123abc.\n",
    );
    expect(toCommentBody("## Plan: no changes\n", undefined)).to.equal("## Plan: no changes\n");
  });

  it("is cut off at GitHub's limit, and says so first", () => {
    const review = "a change of a resource\n".repeat(5_000);
    expect(toCommentBody(review, "0123abc"))
      .to.have.length(65_536)
      .and.match(/^> \[!NOTE\]\n> This is cut off.*\n\na change of a resource\n/);
    expect(toCommentBody("x".repeat(65_536), undefined)).to.equal("x".repeat(65_536));
  });
});
