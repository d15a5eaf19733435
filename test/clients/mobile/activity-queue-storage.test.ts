import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { activity, failureOf, key, record, useQueues } from "./queue-driver.ts";

describe("The app's queue of activities on the phone", () => {
  const queues = useQueues();

  describe("with an app that fails on a refused activity", () => {
    for (const [what, fail] of Object.entries({
      throws: () => {
        throw new Error("no screen");
      },
      rejects: () => Promise.reject(new Error("no screen")),
    })) {
      it(`keeps it if the app ${what}, sends the rest, and calls again`, async () => {
        const queue = queues.open(fail);
        await queue.record({ ...activity("rocket"), quantity: 0 });
        await record(queue, ..."ab");
        expect(await failureOf(queue.sync())).to.equal("no screen");
        expect([await queues.storedNotes(), queues.queuedNotes()]).to.deep.equal([["a", "b"], ["rocket"]]);
        expect(await queues.open().sync()).to.equal(undefined);
        expect([queues.refused, queues.queuedNotes()]).to.deep.equal([["rocket: invalid-activity"], []]);
      });
    }

    it("keeps it until the app is done with it", async () => {
      let queuedMeanwhile: string[] = [];
      const queue = queues.open(async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        queuedMeanwhile = queues.queuedNotes();
      });
      await queue.record({ ...activity("rocket"), quantity: 0 });
      await queue.sync();
      expect([queuedMeanwhile, queues.queuedNotes()]).to.deep.equal([["rocket"], []]);
    });
  });

  describe("with a storage that fails", () => {
    const broken = new Error("database or disk is full");
    const fail = () => Promise.reject(broken);

    it("says that an activity is not recorded, and records the next", async () => {
      const queue = queues.open();
      queues.storage.beforeWrite = fail;
      expect(await failureOf(queue.record(activity("a")))).to.equal(broken.message);
      queues.storage.beforeWrite = async () => {};
      await record(queue, "b");
      expect(queues.queuedNotes()).to.deep.equal(["b"]);
    });

    it("sends again what it could not remove, which the service then has already", async () => {
      const queue = queues.open();
      await record(queue, "a");
      queues.storage.beforeWrite = fail;
      expect(await failureOf(queue.sync())).to.equal(broken.message);
      queues.storage.beforeWrite = async () => {};
      expect(await queue.sync()).to.equal(undefined);
      expect([await queues.storedNotes(), queues.queuedNotes(), queues.sent.length]).to.deep.equal([["a"], [], 2]);
    });

    it("says that it cannot read", async () => {
      queues.storage.getItem = fail;
      const queue = queues.open();
      for (const call of [queue.sync(), queue.length(), queue.record(activity("a"))]) {
        expect(await failureOf(call)).to.equal(broken.message);
      }
    });

    for (const value of ['[{"id":"5c0f1a5e-3c0e-4d0f-8a53-3a3c2f', '{"a":1}', "null", '"[]"']) {
      it(`sets aside ${value}, says so, and goes on`, async () => {
        queues.storage.values.set(key, value);
        const queue = queues.open();
        await record(queue, "a");
        expect(await queue.sync()).to.equal(undefined);
        expect([queues.unreadable, await queues.storedNotes(), queues.queuedNotes()]).to.deep.equal([
          [value],
          ["a"],
          [],
        ]);
        expect([...queues.storage.values.values()]).to.include(value);
      });
    }

    it("sends the activities between others that are none", async () => {
      const good = { ...activity("a"), id: randomUUID() };
      const value = JSON.stringify([null, good, 5, { ...good, id: "1" }, { ...good, id: undefined }]);
      queues.storage.values.set(key, value);
      expect(await queues.open().sync()).to.equal(undefined);
      expect([queues.unreadable, await queues.storedNotes(), queues.queuedNotes()]).to.deep.equal([[value], ["a"], []]);
    });

    it("sets aside more than one value", async () => {
      for (const value of ["1", "2"]) {
        queues.storage.values.set(key, value);
        await queues.open().length();
      }
      expect([...queues.storage.values.values()].sort()).to.deep.equal(["1", "2", "[]"]);
    });

    it("leaves the value where it is if it cannot be set aside", async () => {
      queues.storage.values.set(key, "half");
      queues.storage.beforeWrite = fail;
      expect(await failureOf(queues.open().record(activity("a")))).to.equal(broken.message);
      expect([queues.unreadable, [...queues.storage.values.values()]]).to.deep.equal([[], ["half"]]);
    });
  });

  describe("used concurrently", () => {
    it("syncs once for two calls, and keeps what is recorded meanwhile", async () => {
      const queue = queues.open();
      await record(queue, "a");
      queues.respond = async (notes) => {
        if (notes.includes("a")) await record(queue, "b");
        return undefined;
      };
      const [first, second] = [queue.sync(), queue.sync()];
      expect(first).to.equal(second);
      await first;
      expect(queues.sent).to.deep.equal([["a"], ["b"]]);
      expect([await queues.storedNotes(), queues.queuedNotes()]).to.deep.equal([["a", "b"], []]);
    });

    it("loses nothing if the app opens a queue twice", async () => {
      await Promise.all(Array.from({ length: 20 }, (_, index) => record(queues.open(), `${index}`)));
      expect(queues.queuedNotes()).to.have.length(20);
      await Promise.all([queues.open().sync(), record(queues.open(), "late"), queues.open().sync()]);
      await queues.open().sync();
      expect([(await queues.storedNotes()).length, queues.queuedNotes()]).to.deep.equal([21, []]);
    });

    it("gives each activity an id of its own, whatever the app passes", async () => {
      const queue = queues.open();
      const copied = { ...activity("a"), id: "copied" };
      await Promise.all([queue.record(copied), queue.record(copied)]);
      expect(await queue.sync()).to.equal(undefined);
      expect(await queues.storedNotes()).to.deep.equal(["a", "a"]);
    });
  });
});
