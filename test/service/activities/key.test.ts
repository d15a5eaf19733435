import { randomUUID } from "node:crypto";
import { expect } from "chai";
import * as fc from "fast-check";
import { toActivityId, toActivityKey } from "../../../service/activities/repository.ts";

/** Two UUIDs, often with few differences. */
const digits = fc.oneof(
  fc.uuid().map((uuid) => uuid.replaceAll("-", "")),
  fc.string({ unit: fc.constantFrom("0", "f"), minLength: 32, maxLength: 32 }),
);
const uuid = digits.map((text) => text.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"));
const nil = "00000000-0000-0000-0000-000000000000";
type Ids = [userId: string, id: string];
const pair: fc.Arbitrary<Ids> = fc.tuple(uuid, uuid);

describe("The key of an activity", () => {
  it("is one string of 43 characters, which contains the activity's id", () => {
    fc.assert(
      fc.property(pair, ([userId, id]) => {
        const _id = toActivityKey(userId, id);
        expect(_id).to.match(/^[\w-]{43}$/);
        expect(toActivityId({ _id })).to.equal(id);
      }),
    );
  });

  it("differs for each user and id", () => {
    const change = fc.tuple(pair, fc.nat(1), fc.nat(35), fc.constantFrom(..."0123456789abcdef"));
    const swapped = pair.map(([one, other]): [Ids, Ids] => [
      [one, other],
      [other, one],
    ]);
    const changed = change.map(([ids, which, at, digit]): [Ids, Ids] => {
      const others: Ids = [...ids];
      if (others[which]![at] !== "-")
        others[which] = others[which]!.slice(0, at) + digit + others[which]!.slice(at + 1);
      return [ids, others];
    });
    fc.assert(
      fc.property(fc.oneof(fc.tuple(pair, pair), swapped, changed), ([one, other]) => {
        expect(toActivityKey(...one) === toActivityKey(...other)).to.equal(String(one) === String(other));
      }),
    );
  });

  it("is refused for text that is no UUID as the service spells it", () => {
    const valid = randomUUID();
    const almost = fc.tuple(uuid, fc.nat(35), fc.string({ maxLength: 2 })).map(([text, at, other]) => {
      return text.slice(0, at) + other + text.slice(at + 1);
    });
    const spellings = uuid.chain((text) =>
      fc.constantFrom(text.toUpperCase(), `{${text}}`, `${text}\n`, `${text}0`, text.replaceAll("-", ""), `${text}-`),
    );
    const isUuid = (text: string) => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text);
    const others = fc.oneof(fc.string(), almost, spellings).filter((text) => !isUuid(text));
    fc.assert(
      fc.property(others, (text) => {
        expect(() => toActivityKey(valid, text)).to.throw(TypeError, "must be a UUID");
        expect(() => toActivityKey(text, valid)).to.throw(TypeError, "must be a UUID");
      }),
    );
    // Together, they have as many digits as two UUIDs.
    expect(() => toActivityKey(valid.slice(0, -2), `${valid}00`)).to.throw(TypeError, "must be a UUID");
  });

  it("is refused in another form", () => {
    const key = toActivityKey(randomUUID(), randomUUID());
    // The last character has two bits that no byte contains.
    const sameBytes = [`${key}=`, `${key}\n`, `.${key}`, `${toActivityKey(randomUUID(), nil).slice(0, -1)}B`];
    for (const _id of ["", randomUUID(), `${randomUUID()}:${randomUUID()}`, key.slice(1), `${key}AA`, ...sameBytes])
      expect(() => toActivityId({ _id }), _id).to.throw(TypeError, "key of an activity");
  });
});
