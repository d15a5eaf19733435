import { expect } from "chai";
import { newPerson, startService, testSigningKey } from "../../support/service.ts";

describe("A refresh that has to wait for its signature", () => {
  it("is judged by when it arrived: a client that waited as long as it was told keeps its session", async () => {
    const key = await testSigningKey();
    let signingSeconds = 0;
    const sign = key.sign.bind(key);
    key.sign = (data) => {
      service.advance(signingSeconds);
      return sign(data);
    };
    const service = await startService({ signingKeys: async () => ({ current: key }) });
    const { body } = await service.send("POST", "/v1/auth/register", { body: newPerson() });
    const refresh = (refresh_token: string) =>
      service.send("POST", "/v1/auth/refresh", { body: { refresh_token } });
    // A signature that takes long must not use up the time in which its answer may be asked for again.
    signingSeconds = 6;
    const lost = (await refresh(body.refresh_token)).body;
    // Two seconds until Redis was given up, five by Retry-After.
    service.advance(7);
    signingSeconds = 4;
    const again = await refresh(body.refresh_token);
    expect(again.status).to.equal(200);
    expect(again.body.refresh_token).to.equal(lost.refresh_token);
    signingSeconds = 0;
    expect((await refresh(again.body.refresh_token)).status).to.equal(200);
    await service.stop();
  });
});
