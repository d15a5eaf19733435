import { createSocket } from "node:dgram";
import { getServers, setServers } from "node:dns";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import { UnavailableError } from "../../../service/platform/deadline.ts";
import { connectMongo } from "../../../service/platform/mongo.ts";
import { defaultTimeouts } from "../../../service/platform/timeouts.ts";
import { selfSignedCertificate, tlsServer } from "../../support/tls-server.ts";
import { WireDatabase } from "../../support/wire-database.ts";

describe("Connecting to MongoDB", () => {
  it("names the database when its servers cannot be found", async () => {
    // No name server knows names below `.invalid`: RFC 6761.
    const error = await connectMongo("mongodb+srv://cluster.ecobeat.invalid/x").catch((error) => error);
    expect(error).to.be.instanceOf(UnavailableError).and.include({ dependency: "database" });
    expect(error.cause).to.have.property("code");
  });

  it("fails with the refusal of a server, for which its parameter is read again", async () => {
    const server = new WireDatabase();
    await server.start();
    server.intercept = (name) =>
      name === "saslStart" ? { ok: 0, code: 18, codeName: "AuthenticationFailed", errmsg: "bad auth" } : undefined;
    const uri = server.uri.replace("//", "//ann:secret@");
    const error = await connectMongo(`${uri}${uri.includes("?") ? "&" : "?"}authMechanism=SCRAM-SHA-256`).catch(
      (error) => error,
    );
    expect(error).to.include({ name: "MongoServerError", code: 18 });
    await server.stop();
  });

  it("does not wait for a name server that is silent", async () => {
    const nameServer = createSocket("udp4");
    const servers = getServers();
    await once(nameServer.bind(0, "127.0.0.1"), "listening");
    const isAsked = once(nameServer, "message");
    setServers([`127.0.0.1:${nameServer.address().port}`]);
    const timeouts = { ...defaultTimeouts, nameResolution: 100, databaseSelection: 100 };
    const error = await connectMongo("mongodb+srv://cluster.ecobeat.test/x", { timeouts }).catch((error) => error);
    await isAsked;
    expect(error).to.be.instanceOf(UnavailableError).and.include({ dependency: "database" });
    // The driver alone ends with the error of the name server, two times 13 s later.
    expect(error.cause).to.have.property("message", "MongoDB did not respond within 200 ms");
    setServers(servers);
    nameServer.close();
  });

  it("replaces a connection that was idle for too long before its next use", async () => {
    const server = new WireDatabase();
    await server.start();
    const used: object[] = [];
    server.intercept = (name, _command, connection) => {
      if (name === "find") used.push(connection);
      return undefined;
    };
    const idleConnection = 20;
    const { client } = await connectMongo(server.uri, { timeouts: { ...defaultTimeouts, idleConnection } });
    const numbers = client.db("ecobeat").collection("numbers");
    await numbers.findOne({});
    await wait(2 * idleConnection);
    await numbers.findOne({});
    expect(used).to.have.length(2);
    expect(used[0]).not.to.equal(used[1]);
    await client.close();
    await server.stop();
  });

  it("trusts the certificates that the connection string names", async () => {
    const certificate = await selfSignedCertificate();
    const database = new WireDatabase();
    await database.start();
    const server = await tlsServer(Number(new URL(database.uri).port), { ...certificate });
    const options = `directConnection=true&tls=true&tlsCAFile=${encodeURIComponent(certificate.path)}`;
    const { client } = await connectMongo(`mongodb://127.0.0.1:${server.port}/?${options}`);
    expect(server.versions).to.include("TLSv1.3");
    await client.close();
    server.close();
    await database.stop();
    await certificate.remove();
  });
});
