import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { type Checkout, createCheckout, type Patch } from "./checkout.ts";
import { runCompatibility } from "./run.ts";

const missing = ["MONGODB_URI", "REDIS_URL", "AWS_ENDPOINT_URL"].filter((name) => !process.env[name]);

/** So many that the users of one version find what the other one has left, in each phase. */
const rounds = 60;

/** Replaces a text in a file of the new version. */
const replace =
  (...changes: readonly (readonly [file: string, before: string, after: string])[]): Patch =>
  async (folder) => {
    for (const [file, before, after] of changes) {
      const path = join(folder, file);
      const text = await readFile(path, "utf8");
      expect(text, file).to.include(before);
      await writeFile(path, text.replace(before, after));
    }
  };

/** Changes by name, each with the fault that the apps then see. */
type Changes = Readonly<Record<string, readonly [Patch, fault: RegExp]>>;

/** What a release must not do. Each of these releases does several such things, of which none hides another one. */
const planted: readonly Changes[] = [
  {
    "lists a new kind that the version before does not know": [
      replace([
        "service/activities/kinds.ts",
        "export const activityKinds: readonly ActivityKind[] = [",
        'export const activityKinds: readonly ActivityKind[] = [\n  { id: "skateboard_trip", unit: "km", co2eGramsPerUnit: 170, baseline: alone, source: travel },',
      ]),
      /has activities that only another version stores.*unknown-kind/,
    ],
    "adds a member to a response without another entity tag": [
      replace(
        [
          "service/users/operations.ts",
          "    name: z.string(),",
          "    name: z.string(),\n    locale: z.string().optional(),",
        ],
        ["service/users/profile.ts", "    name: user.name,", '    name: user.name,\n    locale: "en",'],
      ),
      /sent 304 for a response that the (old|new) app has from before \(GET \/v1\/users\/me\).*locale/,
    ],
    "needs a member that the version before does not cache": [
      replace(
        [
          "service/activities/response-schemas.ts",
          "    month: z.string(),",
          "    month: z.string(),\n    days: z.int(),",
        ],
        ["service/activities/summary.ts", "    month,\n    count", "    month,\n    days: days.size,\n    count"],
      ),
      /the new version sent a response that the new app does not expect \(GET \/v1\/activities\/summary\).*'days'/,
    ],
    "requires a new member of a request": [
      replace([
        "service/users/schemas.ts",
        "export const profileChange = z.strictObject({ name: displayName });",
        "export const profileChange = z.strictObject({ name: displayName, locale: z.string() });",
      ]),
      /the new version refused a request of the old app with 422 \(PATCH \/v1\/users\/me\)/,
    ],
  },
  {
    "logs out the sessions that the version before has opened": [
      replace([
        "service/auth/redis-session-scripts.ts",
        "if not current or tonumber(expiresAt) <= tonumber(now)",
        "if not current or not redis.call('HGET', KEYS[1], 'origin') or tonumber(expiresAt) <= tonumber(now)",
      ]),
      /the (old|new) app was logged out/,
    ],
    "requires a new member of a response, which the version before does not send": [
      replace(
        ["service/users/operations.ts", "    name: z.string(),", "    name: z.string(),\n    locale: z.string(),"],
        ["service/users/profile.ts", "    name: user.name,", '    name: user.name,\n    locale: "en",'],
        ["service/platform/entity-tag.ts", '"GET /v1/users/me": 2', '"GET /v1/users/me": 3'],
      ),
      /the old version sent a response that the new app does not expect .*must have required property 'locale'/,
    ],
    "no longer sends a member that the app before needs": [
      replace(
        [
          "service/activities/response-schemas.ts",
          "    co2e_grams: co2eGrams,\n    kinds_version",
          "    kinds_version",
        ],
        ["service/activities/body.ts", "co2e_grams", "grams"],
      ),
      /the new version sent a response that the old app does not expect .*must have required property 'co2e_grams'/,
    ],
  },
  {
    "refuses registrations without a new member": [
      replace(["service/auth/schemas.ts", "name: displayName", "name: displayName, locale: z.string()"]),
      /the new version refused a request of the old app with 422 \(POST \/v1\/auth\/register\)/,
    ],
    "fails on a request": [
      replace([
        "service/users/profile.ts",
        "    name: user.name,",
        "    name: (user as never as { names: [string] }).names[0],",
      ]),
      /the new version refused a request of the old app with 500 .*"message":"Cannot read properties of undefined/,
    ],
  },
];

/** The same changes as a release makes them that comes before the one that needs them. */
const careful = replace(
  [
    "service/activities/kinds.ts",
    "export const activityKinds: readonly ActivityKind[] = [",
    'export const activityKinds: readonly ActivityKind[] = [\n  { id: "skateboard_trip", unit: "km", co2eGramsPerUnit: 170, baseline: alone, source: travel, unlisted: true },',
  ],
  ["service/users/schemas.ts", "{ name: displayName }", "{ name: displayName, locale: z.string().optional() }"],
  ["service/users/operations.ts", "    name: z.string(),", "    name: z.string(),\n    locale: z.string().optional(),"],
  ["service/users/profile.ts", "    name: user.name,", '    name: user.name,\n    locale: "en",'],
  ["service/platform/entity-tag.ts", '"GET /v1/users/me": 2', '"GET /v1/users/me": 3'],
  ["service/auth/redis-session-scripts.ts", "'createdAt', now,", "'createdAt', now, 'origin', 'app',"],
);

(missing.length > 0 ? describe.skip : describe)("two versions at the same time", () => {
  let base: Checkout;
  before(async () => {
    base = await createCheckout("HEAD");
  });
  after(() => base.remove());

  it("serve the apps of both while a release adds what the next one needs", async () => {
    const { faults, phases } = await runCompatibility({ base, rounds, patch: careful });
    expect(faults).to.deep.equal([]);
    expect(phases).to.have.length(6);
  });

  for (const changes of planted) {
    const names = Object.keys(changes);
    it(`show a release that ${names.join(", and ")}`, async () => {
      const patches = Object.values(changes);
      const { faults } = await runCompatibility({
        ...{ base, rounds },
        patch: async (folder) => {
          for (const [patch] of patches) await patch(folder);
        },
        until: patches.map(([, fault]) => fault),
      });
      const hidden = names.filter((name) => !faults.some((line) => changes[name]![1].test(line)));
      expect(hidden, faults.join("\n")).to.deep.equal([]);
    });
  }
});
