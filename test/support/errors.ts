import { expect } from "chai";

/** Runs `work`, which must throw or reject with an error of this code. Answers the error. */
export async function expectCode(code: string, work: () => unknown): Promise<Error> {
  try {
    await work();
  } catch (error) {
    expect(error, String(error)).to.have.property("code", code);
    return error as Error;
  }
  return expect.fail(`Nothing was thrown, in place of an error with the code ${code}.`);
}
