import { expect } from "chai";
import { Passwords } from "../../../service/auth/passwords.ts";
import { cheapPasswords } from "../../support/service.ts";

describe("Passwords", () => {
  const passwords = new Passwords(cheapPasswords);

  it("are hashed with Argon2id, the given parameters and a salt of their own", async () => {
    const [one, two] = [await passwords.hash("a long passphrase"), await passwords.hash("a long passphrase")];
    expect(one).to.match(/^\$argon2id\$v=19\$m=1024,t=1,p=1\$/);
    expect(one).not.to.equal(two);
  });

  it("are told from others", async () => {
    const hash = await passwords.hash("a long passphrase");
    expect(await passwords.verify(hash, "a long passphrase")).to.equal(true);
    expect(await passwords.verify(hash, "A long passphrase")).to.equal(false);
  });

  it("are the same in every composition and with every kind of space", async () => {
    const hash = await passwords.hash("caf\u00e9 au lait");
    expect(await passwords.verify(hash, "cafe\u0301\u2003au\u00a0lait")).to.equal(true);
  });

  it("never match where there is no account, but cost the same work", async () => {
    const costly = new Passwords({ ...cheapPasswords, memoryKib: 8_192, passes: 2 });
    const hash = await costly.hash("a long passphrase");
    const cpu = async (work: () => Promise<boolean>) => {
      const before = process.cpuUsage();
      for (let i = 0; i < 10; i++) expect(await work()).to.equal(false);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    const wrong = await cpu(() => costly.verify(hash, "wrong"));
    const unknown = await cpu(() => costly.verify(undefined, "wrong"));
    // Without the work it would be a hundredth; the bounds only leave room for a busy machine.
    expect(unknown / wrong).to.be.within(0.3, 3);
  });

  it("are refused with 429 while as many are hashed as the memory is for, and taken again afterwards", async () => {
    const limited = new Passwords({ ...cheapPasswords, concurrency: 2 });
    const hash = await limited.hash("a long passphrase");
    const results = await Promise.allSettled([
      ...Array.from({ length: 3 }, () => limited.verify(hash, "a long passphrase")),
      limited.hash("another one"),
    ]);
    expect(results.map(({ status }) => status)).to.deep.equal([
      "fulfilled",
      "fulfilled",
      "rejected",
      "rejected",
    ]);
    for (const result of results.slice(2)) {
      expect((result as PromiseRejectedResult).reason).to.include({ status: 429 });
    }
    expect(await limited.verify(hash, "a long passphrase")).to.equal(true);
  });

  it("do not hold a place after a failure", async () => {
    const limited = new Passwords({ ...cheapPasswords, concurrency: 1 });
    await limited.verify("no hash at all", "x").catch(() => {});
    expect(await limited.verify(undefined, "x")).to.equal(false);
  });

  it("are due for a new hash when any parameter has risen, and never when one was lowered", async () => {
    const hash = await passwords.hash("a long passphrase");
    expect(passwords.isOutdated(hash)).to.equal(false);
    for (const name of ["memoryKib", "passes", "lanes"] as const) {
      const outdatedBy = (factor: number) =>
        new Passwords({ ...cheapPasswords, [name]: cheapPasswords[name] * factor }).isOutdated(hash);
      expect(outdatedBy(2), name).to.equal(true);
      expect(outdatedBy(0.5), name).to.equal(false);
    }
  });
});
