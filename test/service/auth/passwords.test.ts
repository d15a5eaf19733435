import argon2 from "argon2";
import { expect } from "chai";
import { Passwords } from "../../../service/auth/passwords.ts";
import { cheapPasswords } from "../../support/service.ts";

describe("Passwords", () => {
  const passwords = new Passwords(cheapPasswords);

  it("are hashed with Argon2id, the given parameters and their own salt", async () => {
    const [one, two] = [await passwords.hash("a long passphrase"), await passwords.hash("a long passphrase")];
    expect(one).to.match(/^\$argon2id\$v=19\$m=1024,t=1,p=1\$/);
    expect(one).not.to.equal(two);
  });

  it("are distinguished from others", async () => {
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

  describe("made with other parameters", () => {
    const today = { ...cheapPasswords, memoryKib: 8_192, passes: 4 };
    const { hash, verify } = argon2;
    let kibPasses = 0;
    let mostKib = 0;
    const count = (memoryKib: number, passes: number) => {
      kibPasses += memoryKib * passes;
      mostKib = Math.max(mostKib, memoryKib);
    };

    before(() => {
      argon2.hash = ((password, options) => {
        count(options!.memoryCost!, options!.timeCost!);
        return hash(password, options);
      }) as typeof hash;
      argon2.verify = (digest, password) => {
        const [, memoryKib, passes] = /m=(\d+),t=(\d+)/.exec(digest)!;
        count(Number(memoryKib), Number(passes));
        return verify(digest, password);
      };
    });

    after(() => Object.assign(argon2, { hash, verify }));

    /** Work of checking a password against a stored hash, or against no account. */
    async function workOf(password: string, stored?: Partial<typeof today>) {
      const digest = stored && (await new Passwords({ ...today, ...stored }).hash("a long passphrase"));
      kibPasses = mostKib = 0;
      await new Passwords(today).verify(digest, password);
      return kibPasses;
    }

    for (const [what, stored] of [
      ["as much memory and passes", {}],
      ["less memory", { memoryKib: 1_024 }],
      ["fewer passes", { passes: 1 }],
      ["less of both", { memoryKib: 3_001, passes: 3 }],
      ["less memory, in more passes", { memoryKib: 1_024, passes: 5 }],
    ] as const) {
      it(`cost a wrong password the work of no account, in no more memory: ${what}`, async () => {
        const unknown = await workOf("wrong");
        expect(unknown).to.equal(8_192 * 4);
        expect(await workOf("wrong", stored)).to.be.within(unknown - today.passes, unknown);
        expect(mostKib).to.be.at.most(8_192);
      });
    }

    it("cost no more than their own work if they had higher ones, or so little less that Argon2 cannot do it", async () => {
      expect(await workOf("wrong", { memoryKib: 16_384 })).to.equal(16_384 * 4);
      expect(await workOf("wrong", { memoryKib: 8_190 })).to.equal(8_190 * 4);
    });

    it("cost the right password their own work", async () => {
      expect(await workOf("a long passphrase", { passes: 1 })).to.equal(8_192);
    });
  });

  it("are refused with 429 while as many are hashed as the memory allows, and accepted again afterwards", async () => {
    const limited = new Passwords({ ...cheapPasswords, concurrency: 2 });
    const hash = await limited.hash("a long passphrase");
    const checks = Array.from({ length: 3 }, () => limited.verify(hash, "a long passphrase"));
    // Before it returns, so that its caller begins nothing else.
    expect(() => limited.hash("another one"))
      .to.throw()
      .that.includes({ status: 429 });
    const results = await Promise.allSettled(checks);
    expect(results.map(({ status }) => status)).to.deep.equal(["fulfilled", "fulfilled", "rejected"]);
    expect((results[2] as PromiseRejectedResult).reason).to.include({ status: 429 });
    expect(await limited.verify(hash, "a long passphrase")).to.equal(true);
  });

  it("do not count after a failure", async () => {
    const limited = new Passwords({ ...cheapPasswords, concurrency: 1 });
    await limited.verify("no hash at all", "x").catch(() => {});
    expect(await limited.verify(undefined, "x")).to.equal(false);
  });

  it("need a new hash when any parameter has risen, and never when one was lowered", async () => {
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
