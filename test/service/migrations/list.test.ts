import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { dataMap } from "../../../service/data-map.ts";
import { migrations } from "../../../service/migrations/list.ts";
import { droppedIndexes } from "../../../service/platform/dropped-indexes.ts";
import { indexes } from "../../../service/platform/indexes.ts";

const folder = join(import.meta.dirname, "../../../service/migrations");

/** What is wrong with the names of migrations and of their files. */
function findMistakes(names: readonly string[], files: readonly string[]): string[] {
  const first = Number(names[0]?.slice(0, 4));
  return [
    ...names.filter((name) => !/^\d{4}(-[a-z0-9]+)+$/.test(name)).map((name) => `${name} is no name`),
    ...names
      .filter((name, index) => Number(name.slice(0, 4)) !== first + index)
      .map((name) => `${name} does not follow the one before it`),
    ...names.filter((name) => !files.includes(`${name}.ts`)).map((name) => `${name} has no file`),
    ...files.filter((file) => !names.includes(file.slice(0, -3))).map((file) => `${file} is not in the list`),
  ];
}

describe("The list of migrations", () => {
  it("has each file of a migration, by number and without gaps", () => {
    const files = readdirSync(folder).filter((name) => /^\d/.test(name));
    expect(
      findMistakes(
        migrations.map(({ name }) => name),
        files,
      ),
    ).to.deep.equal([]);
  });

  it("is for collections of the data map", () => {
    expect(Object.keys(dataMap)).to.include.members(migrations.map(({ collection }) => collection));
  });

  for (const [title, names, files, mistake] of [
    ["a gap", ["0003-a", "0005-b"], ["0003-a.ts", "0005-b.ts"], "0005-b does not follow the one before it"],
    ["a number that is taken", ["0003-a", "0003-b"], ["0003-a.ts", "0003-b.ts"], "0003-b does not follow"],
    ["a file that is not listed", ["0003-a"], ["0003-a.ts", "0004-b.ts"], "0004-b.ts is not in the list"],
    ["another name of the file", ["0003-a"], ["0003-b.ts"], "0003-a has no file"],
    ["a name without a number", ["fold"], ["fold.ts"], "fold is no name"],
  ] as const) {
    it(`would show ${title}`, () => {
      expect(findMistakes(names, files).join("; ")).to.contain(mistake);
    });
  }

  it("accepts a list whose first migrations were deleted", () => {
    expect(findMistakes(["0003-a", "0004-b"], ["0003-a.ts", "0004-b.ts"])).to.deep.equal([]);
  });
});

describe("Dropped indexes", () => {
  it("are not declared, too", () => {
    const both = Object.entries(droppedIndexes).flatMap(([collection, names]) =>
      names.filter((name) => indexes[collection]?.some((index) => index.name === name)),
    );
    expect(both).to.deep.equal([]);
  });
});
