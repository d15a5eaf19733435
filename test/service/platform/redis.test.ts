import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { expect } from "chai";
import { startTcpProxy } from "../../../scripts/drill/tcp-proxy.ts";
import { UnavailableError } from "../../../service/platform/deadline.ts";
import { RedisConnection } from "../../../service/platform/redis.ts";
import { defaultTimeouts } from "../../../service/platform/timeouts.ts";
import { listen } from "../../support/listen.ts";
import { describeWith } from "../../support/real-services.ts";

/**
 * A server that takes connections and gives the same reply to every `GET`, in Redis's protocol.
 * @param authReply its reply to `AUTH`
 */
async function answering(
  reply: string,
  authReply: () => string = () => "+OK\r\n",
): Promise<{ server: Server; url: string; connections: () => number }> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      // Each command begins with the number of its words: `*2`.
      for (const command of chunk.toString().split(/^\*/m).slice(1)) {
        const isAuth = /\r\nAUTH\r\n/i.test(command);
        socket.write(/\r\nGET\r\n/i.test(command) ? reply : isAuth ? authReply() : "+OK\r\n");
      }
    });
  });
  const port = await listen(server);
  return { server, url: `redis://127.0.0.1:${port}`, connections: () => connections };
}

describe("A connection to Redis", () => {
  for (const [reply, connectionsAfterTwo] of [
    ["-READONLY You can't write against a read only replica.\r\n", 2],
    ["-LOADING Redis is loading the dataset in memory\r\n", 2],
    ["-ERR unknown command\r\n", 1],
  ] as const) {
    const [word] = reply.slice(1).split(" ");
    it(`is ${connectionsAfterTwo === 2 ? "dropped" : "kept"} when the server replies ${word}`, async () => {
      const { server, url, connections } = await answering(reply);
      const redis = new RedisConnection(url);
      for (let i = 0; i < 2; i++) {
        const error = await redis.run((client) => client.get("key")).catch((error) => error);
        expect(error).to.be.instanceOf(UnavailableError).that.has.property("code", word);
      }
      expect(connections()).to.equal(connectionsAfterTwo);
      await redis.close();
      server.close();
    });
  }
});

describe("A command of Redis", () => {
  it("leaves no timer of the driver, which would keep its request in memory", async () => {
    const { server, url } = await answering("$-1\r\n");
    const redis = new RedisConnection(url);
    const { timeout } = AbortSignal;
    let timers = 0;
    AbortSignal.timeout = (milliseconds) => {
      timers += 1;
      return timeout.call(AbortSignal, milliseconds);
    };
    try {
      expect(await redis.run((client) => client.get("key"))).to.equal(null);
      expect(timers).to.equal(0);
    } finally {
      AbortSignal.timeout = timeout;
      await redis.close();
      server.close();
    }
  });
});

describe("A connection to Redis that nothing uses yet", () => {
  it("is open already, so that the first command does not wait for it", async () => {
    const { server, url, connections } = await answering("$-1\r\n");
    const accepted = once(server, "connection");
    const redis = new RedisConnection(url);
    await accepted;
    await redis.run((client) => client.get("key"));
    expect(connections()).to.equal(1);
    await redis.close();
    server.close();
  });

  it("is opened by the first command if it could not be opened before", async () => {
    const { server, url, connections } = await answering("$-1\r\n");
    let attempts = 0;
    const redis = new RedisConnection(async (connect) => {
      if (++attempts === 1) throw new Error("not found");
      return connect(url);
    });
    await new Promise(setImmediate);
    expect(attempts).to.equal(1);
    await redis.run((client) => client.get("key"));
    expect([attempts, connections()]).to.deep.equal([2, 1]);
    await redis.close();
    server.close();
  });
});

describe("A connection to Redis that was idle", () => {
  it("for longer than the network keeps it is replaced before its next use", async () => {
    const { server, url, connections } = await answering("$-1\r\n");
    let now = 0;
    const redis = new RedisConnection(url, { clock: () => now });
    const get = () => redis.run((client) => client.get("key"));
    await get();
    now += defaultTimeouts.idleConnection;
    await get();
    expect(connections()).to.equal(1);
    now += defaultTimeouts.idleConnection + 1;
    await Promise.all([get(), get()]);
    expect(connections()).to.equal(2);
    await redis.close();
    server.close();
  });
});

// ElastiCache may refuse one AUTH while IAM or a user group changes, or have no place for a client, and accept the next.
describe("A connection that Redis refuses once", () => {
  for (const refusal of [
    "WRONGPASS invalid username-password pair or user is disabled.",
    "NOPERM this user has no permissions to run the 'hello' command",
    "ERR max number of clients reached",
  ]) {
    const [word] = refusal.split(" ");
    it(`with ${word} is dropped: the next command connects again`, async () => {
      let refusals = 1;
      const { server, url, connections } = await answering("$-1\r\n", () =>
        refusals-- > 0 ? `-${refusal}\r\n` : "+OK\r\n",
      );
      const credentials = async () => ({ username: "service", password: "an IAM token" });
      const redis = new RedisConnection((connect) => connect(url, credentials));
      const error = await redis.run((client) => client.get("key")).catch((error) => error);
      expect(error).to.be.instanceOf(UnavailableError).that.has.property("code", word);
      expect(await redis.run((client) => client.get("key"))).to.equal(null);
      expect(connections()).to.equal(2);
      await redis.close();
      server.close();
    });
  }
});

describeWith("REDIS_URL", "A connection that Redis has closed", () => {
  it("causes no error: the next command connects again", async () => {
    const { hostname, port } = new URL(process.env.REDIS_URL!);
    const proxy = await startTcpProxy(hostname, Number(port || 6379));
    const redis = new RedisConnection(`redis://127.0.0.1:${proxy.port}`);
    const client = await redis.run(async (client) => client);
    expect(await client.ping()).to.equal("PONG");
    const noticed = once(client, "error");
    proxy.cut();
    proxy.restore();
    await noticed;
    expect(await redis.run((client) => client.ping())).to.equal("PONG");
    await redis.close();
    proxy.close();
  });
});
