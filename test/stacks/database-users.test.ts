import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { expect } from "chai";
import type { BSON, Db } from "mongodb";
import { restoreTest } from "../../scripts/backup/contract.ts";
import type { Dump } from "../../scripts/backup/dump-format.ts";
import { deleteErasedUsers } from "../../scripts/backup/erasures.ts";
import { exportErasures, importErasures, readErasures } from "../../scripts/backup/erasures-file.ts";
import { dumpDatabase, verifyNewestDump } from "../../scripts/backup/lambda/functions.ts";
import { restoreDump } from "../../scripts/backup/restore.ts";
import { migrateDatabase } from "../../service/cloud/migration.ts";
import { type DeployedEnvironment, databaseName, parameterPath, parameters } from "../../service/contract.ts";
import { jsonLogger } from "../../service/platform/logging.ts";
import { connectMongo } from "../../service/platform/mongo.ts";
import { isAuthPath } from "../../service/routes.ts";
import { createDump } from "../scripts/backup/fixture.ts";
import { copyNames } from "../service/migrations/example/0001-copy-names.ts";
import type { Person } from "../service/migrations/example/person.ts";
import { type AuthorizingProxy, authorizingProxy } from "../support/authorizing-proxy.ts";
import { callEveryQuery } from "../support/call-every-query.ts";
import { callEverySupportAction } from "../support/call-every-support-action.ts";
import { databaseCommands } from "../support/database-commands.ts";
import {
  DatabaseUser,
  freeCommands,
  getOptions,
  getPrivileges,
  getRequiredActions,
  roles,
} from "../support/database-user.ts";
import { mongoDatabase, type TestDatabase } from "../support/databases.ts";
import { describeWith } from "../support/real-services.ts";
import { startService } from "../support/service.ts";
import type { Attributes } from "../support/synthesize.ts";
import { resources } from "./rules/resources.ts";
import { allStacks } from "./rules/rule.ts";

/** A role on a database, as the stacks grant it. */
interface GrantedRole {
  readonly role_name: string;
  readonly database_name: string;
}

/** The users of the stacks, by the name of their function. */
const functionUsers = resources(allStacks(), "mongodbatlas_database_user").map(
  ({ attributes: { username, roles } }) =>
    [/:role\/ecobeat-[a-z]+-(.+)-[a-z]+-[a-z]+-\d$/.exec(username)![1]!, roles as GrantedRole[]] as const,
);

/** The users of operators, by the commands of `ops` in the rows of the docs. */
const operatorUsers = [
  ...readFileSync("docs/backups.md", "utf8").matchAll(
    /^\| `((?:backup|erasures|restore)\b[^`]*)`([^|]*) \| (`.*`) \|$/gm,
  ),
].map(
  ([, command, condition, list]) =>
    [
      `${command}${condition}`,
      list!.split(", ").map((role) => ({ role_name: role.replaceAll("`", ""), database_name: databaseName })),
    ] as const,
);

const users = new Map<string, readonly GrantedRole[]>([...functionUsers, ...operatorUsers]);

/** The database that a function uses. */
const getDatabase = (user: string): string =>
  user === restoreTest.functionName ? restoreTest.databaseName : databaseName;

const getActions = (role: string): readonly string[] => roles[role as keyof typeof roles] ?? [];

/** The privileges of the custom roles of an environment: an action on a collection each. */
const customRoles = new Map(
  resources(allStacks(), "mongodbatlas_custom_db_role").map(({ attributes: { role_name, actions } }) => [
    role_name as string,
    (actions as Attributes[]).flatMap(({ action, resources: targets }) =>
      targets.map(({ collection_name }: Attributes) => ({ action: action.toLowerCase(), collection: collection_name })),
    ) as { readonly action: string; readonly collection: string }[],
  ]),
);

/** Atlas keeps custom roles in this database. */
const findCustomRole = ({ role_name, database_name }: GrantedRole) =>
  database_name === "admin" ? customRoles.get(role_name) : undefined;

/** What a user lacks, and what it could do without. Which collections a custom role needs shows the suite with a database. */
function findMistakes(user: string, granted: readonly GrantedRole[]): string[] {
  const custom = granted.flatMap((role) => findCustomRole(role) ?? []);
  const needed = Object.entries(databaseCommands[user]!).flatMap(([command, options]) =>
    getRequiredActions(command, options.split(" "))!.map((action) => ({ command, action })),
  );
  if (custom.length > 0) {
    return [
      ...(granted.length > 1 ? ["a custom role is not the only one"] : []),
      ...needed
        .filter(({ action }) => !custom.some((each) => each.action === action))
        .map(({ action }) => `needs ${action}`),
      ...custom
        .filter((each) => !needed.some(({ action }) => each.action === action))
        .map(({ action }) => `${action} is superfluous`),
    ];
  }
  const findMissing = (granted: readonly GrantedRole[]) =>
    needed.filter(
      ({ action }) =>
        !granted.some(
          ({ role_name, database_name }) =>
            database_name === getDatabase(user) && getActions(role_name).includes(action),
        ),
    );
  const superfluous = granted.flatMap((role) => {
    const others = granted.filter((other) => other !== role);
    if (findMissing(others).length === 0) return [`${role.role_name} on ${role.database_name} is superfluous`];
    return Object.keys(roles)
      .filter((smaller) => isSmaller(smaller, role.role_name))
      .filter((role_name) => findMissing([...others, { ...role, role_name }]).length === 0)
      .map((smaller) => `${smaller} is sufficient instead of ${role.role_name}`);
  });
  return [...findMissing(granted).map(({ command, action }) => `${command} needs ${action}`), ...superfluous];
}

function isSmaller(role: string, other: string): boolean {
  const [actions, otherActions] = [getActions(role), getActions(other)];
  return actions.length < otherActions.length && actions.every((action) => otherActions.includes(action));
}

/** A user whose commands are recorded. */
class RecordedUser extends DatabaseUser {
  /** The name of the current function. */
  name = "";
  /** Actions on collections, by function. */
  readonly used = new Map<string, Set<string>>();
  readonly #options = new Map<string, Map<string, Set<string>>>();

  override respond(command: BSON.Document, sequence: readonly Buffer[]): BSON.Document | undefined {
    const [name, target] = Object.entries(command)[0] as [string, unknown];
    for (const action of getRequiredActions(name, getOptions(command, sequence)) ?? [])
      getOrAdd(this.used, this.name, () => new Set<string>()).add(`${action} ${target}`);
    if (!freeCommands.includes(name) || name === "connectionStatus" || name === "buildInfo") {
      const commands = getOrAdd(this.#options, this.name, () => new Map<string, Set<string>>());
      const options = getOrAdd(commands, name, () => new Set<string>());
      for (const option of getOptions(command, sequence)) options.add(option);
    }
    return super.respond(command, sequence);
  }

  reset(): void {
    this.#options.clear();
  }

  get commands(): typeof databaseCommands {
    return Object.fromEntries(
      [...this.#options].map(([user, commands]) => [
        user,
        Object.fromEntries([...commands].map(([name, options]) => [name, [...options].sort().join(" ")])),
      ]),
    );
  }
}

/** The rows of the table for some users. */
const pick = (users: readonly (readonly [string, unknown])[]): typeof databaseCommands =>
  Object.fromEntries(users.map(([user]) => [user, databaseCommands[user]!]));

function getOrAdd<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  if (!map.has(key)) map.set(key, create());
  return map.get(key)!;
}

describe("The users of the database", () => {
  it("are those of the table", () => {
    expect([...users.keys()].sort()).to.deep.equal(Object.keys(databaseCommands).sort());
  });

  for (const [user, granted] of users) {
    it(`may do what ${user} does, and have the smallest roles for it`, () => {
      expect(findMistakes(user, granted)).to.deep.equal([]);
    });
  }

  const on = (role_name: string, database_name = databaseName): GrantedRole => ({ role_name, database_name });
  for (const [title, user, granted, mistake] of [
    ["a dump that may write", "dump", [on("readWrite")], "read is sufficient instead of readWrite"],
    ["a migration that may only read", "migrate", [on("read")], "createIndexes needs createIndex"],
    ["a second role", "api", [on("readWrite"), on("dbAdmin")], "dbAdmin on ecobeat is superfluous"],
    ["a role on another database", "auth", [on("readWrite", "admin")], "find needs find"],
    ["a role on each database", "api", [on("readWrite"), on("readWriteAnyDatabase")], "is superfluous"],
  ] as const) {
    it(`are refused: ${title}`, () => {
      expect(findMistakes(user, granted).join("; ")).to.contain(mistake);
    });
  }
});

describeWith("MONGODB_URI", "The commands of the functions, on a database", () =>
  describeWith("AWS_ENDPOINT_URL", "with the AWS emulator", () => {
    const environment = `users-${randomUUID().slice(0, 8)}` as DeployedEnvironment;
    const parameter = parameterPath(environment, parameters.mongodbUri);
    const ssm = new SSMClient();
    const user = new RecordedUser();
    const invocation = { getRemainingTimeInMillis: () => 900_000 };
    let proxy: AuthorizingProxy;
    let target: TestDatabase;
    let folder: string;

    /** Runs code with the roles of a user. Its databases have other names here. */
    async function as<T>(name: string, work: () => Promise<T>, database = target.database.databaseName): Promise<T> {
      const names: Record<string, string> = { [databaseName]: database, [restoreTest.databaseName]: environment };
      user.name = name;
      user.privileges = users.get(name)!.flatMap((role) => {
        const { role_name, database_name } = role;
        const custom = findCustomRole(role);
        if (!custom) return getPrivileges(role_name as keyof typeof roles, names[database_name]!);
        return custom.map(({ action, collection }) => ({ resource: { db: database, collection }, actions: [action] }));
      });
      return await work();
    }

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "ecobeat-users-"));
      proxy = await authorizingProxy(user);
      target = await mongoDatabase();
      const Value = proxy.uri(target.database.databaseName);
      await ssm.send(new PutParameterCommand({ Name: parameter, Value, Type: "String" }));
    });
    after(async () => {
      proxy.close();
      await ssm.send(new DeleteParameterCommand({ Name: parameter }));
      await target.remove();
      await rm(folder, { recursive: true });
    });

    /** Every query of the service, as the function that API Gateway sends the request to. */
    async function runService(database: Db): Promise<void> {
      await using service = await startService({ database: async () => database });
      await callEveryQuery({
        advance: service.advance,
        mails: service.mails,
        send: (method, path, options) =>
          as(isAuthPath(path) ? "auth" : "api", () => service.send(method, path, options)),
      });
      // CodeDeploy's hook asks each function.
      await as("auth", () => service.send("GET", "/health/ready"));
      const register = () => service.register();
      const [ann, eve] = [await as("auth", register), await as("auth", register)];
      await as("support", () => callEverySupportAction(service.backends, ann));
      // Sweeps up after the account that was deleted before.
      await as("support", () => callEverySupportAction(service.backends, eve, () => Date.now() + 24 * 60 * 60 * 1_000));
    }

    it("are those of the table, and their roles allow them", async () => {
      await as("migrate", () => migrateDatabase(environment, { dryRun: true }));
      const options = { migrations: [copyNames], dropped: { users: ["by_name"] } };
      await as("migrate", () => migrateDatabase(environment));
      await target.database.collection("users").createIndex({ name: 1 }, { name: "by_name" });
      await target.database.collection<Partial<Person>>("users").insertOne({ _id: "eve", name: "Eve" });
      const all = { documents: true, dropIndexes: true };
      await as("migrate", () => migrateDatabase(environment, { ...all, dryRun: true }, undefined, options));
      await as("migrate", () => migrateDatabase(environment, all, undefined, options));
      const database = await connectMongo(proxy.uri(target.database.databaseName));
      await runService(database);
      await database.client.close();

      const props = {
        environment,
        backupLocation: join(folder, "backups"),
        scratchDatabase: environment,
        clock: Date.now,
        log: jsonLogger(() => {}),
      };
      await as("dump", () => dumpDatabase(props, invocation));
      await target.database.client.db(environment).collection("left_behind").insertOne({});
      await as("restore-test", () => verifyNewestDump(props, invocation));
      expect(user.commands).to.deep.equal(pick(functionUsers));
      const role = customRoles.get("support")!.map(({ action, collection }) => `${action} ${collection}`);
      expect([...user.used.get("support")!]).to.have.members(role);
    });

    it("of operators are those of the table, and their roles allow them", async () => {
      user.reset();
      const database = await connectMongo(proxy.uri(target.database.databaseName));
      const restored = database.client.db(`${environment}-restored`);
      const restore = (name: string, dump: Dump, erasuresFrom?: Db) =>
        as(
          name,
          () =>
            restoreDump({
              dump,
              database: restored,
              replace: true,
              clock: Date.now,
              ...(erasuresFrom && { erasuresFrom }),
            }),
          restored.databaseName,
        );

      const other = new RecordedUser();
      other.name = "restore --erasures-from on the other database";
      other.privileges = getPrivileges("read", target.database.databaseName);
      const otherProxy = await authorizingProxy(other);
      const erasures = await connectMongo(otherProxy.uri(target.database.databaseName));
      try {
        await target.database.collection("things").createIndex({ name: 1 });
        await target.database
          .collection<{ _id: string; deletedAt: Date }>("erasures")
          .insertOne({ _id: "eve", deletedAt: new Date() });
        const dump = await as("backup create", () => createDump(database));
        const file = join(folder, "erasures");
        await as("erasures export", () => exportErasures(database, file));
        await as("erasures import", async () => {
          await importErasures(database, await readErasures(file));
          await deleteErasedUsers(database);
        });
        await restore("restore", dump, erasures);
        await restore("restore", dump);
        await target.database.createCollection("validated", { validator: { points: { $type: "number" } } });
        await target.database.collection("validated").insertOne({ points: 1 });
        await restore("restore if a collection has a validator", await createDump(target.database));
        expect({ ...user.commands, ...other.commands }).to.deep.equal(pick(operatorUsers));
      } finally {
        await target.database.client.db(restored.databaseName).dropDatabase();
        await Promise.all([database.client.close(), erasures.client.close()]);
        otherProxy.close();
      }
    });
  }),
);
