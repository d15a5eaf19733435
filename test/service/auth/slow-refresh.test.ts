import { expect } from "chai";
import { startService, testSigningKey } from "../../support/service.ts";

describe("A refresh that has to wait for its signature", () => {
  it("counts from its arrival: a client that waited as long as `Retry-After` said keeps its session", async () => {
    const key = await testSigningKey();
    let signingSeconds = 0;
    const sign = key.sign.bind(key);
    key.sign = (data) => {
      service.advance(signingSeconds);
      return sign(data);
    };
    await using service = await startService({ signingKeys: async () => ({ current: key }) });
    const { refreshToken } = await service.register();
    const refresh = (token: string) => service.refresh(token);
    // A slow signature must not use up the grace period.
    signingSeconds = 6;
    const lost = (await refresh(refreshToken)).body;
    // Two seconds until the timeout of Redis, five by `Retry-After`.
    service.advance(7);
    signingSeconds = 4;
    const again = await refresh(refreshToken);
    expect(again.status).to.equal(200);
    expect(again.body.refresh_token).to.equal(lost.refresh_token);
    expect(service.lines.filter(({ event }) => event)).to.deep.equal([]);
    signingSeconds = 0;
    expect((await refresh(again.body.refresh_token)).status).to.equal(200);
  });
});
