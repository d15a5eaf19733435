/**
 * Mocha drops a rejection that nothing handles, while Node.js, and so Lambda, ends the process by it. With these hooks it fails the
 * test during which it came. They hold in one process and in each worker, where Mocha removes all listeners after a file.
 */
const reasons: unknown[] = [];
const keep = (reason: unknown) => reasons.push(reason);

function throwFirst(): void {
  if (reasons.length === 0) return;
  const [cause] = reasons.splice(0);
  throw new Error(`A rejection that nothing handled would end the process: ${cause}`, { cause });
}

export const mochaHooks = {
  beforeAll(): void {
    process.on("unhandledRejection", keep);
  },
  afterEach: throwFirst,
  afterAll(): void {
    process.off("unhandledRejection", keep);
    throwFirst();
  },
};
