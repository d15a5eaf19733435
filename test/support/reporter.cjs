// mocha's spec output, closed by lines that any CI can read: each failed test, then their number.
const { reporters } = require("mocha");

module.exports = class extends reporters.Spec {
  epilogue() {
    super.epilogue();
    const { passes, failures, pending } = this.stats;
    for (const test of this.failures) {
      console.log(`failed: ${test.fullTitle()}: ${String(test.err?.message).trim().split("\n")[0]}`);
    }
    console.log(`${passes} passed, ${failures} failed, ${pending} skipped`);
  }
};
