import { once } from "node:events";
import { expect } from "chai";
import { type ClientOptions, createClient, parseLink } from "../../../clients/mobile/index.ts";
import { toAppLink, toLink } from "../../../service/contract.ts";
import { confirmAddress, getToken, listLinks } from "../../support/mails.ts";
import { newPerson, testConfig, useService } from "../../support/service.ts";
import { MemoryTokenStore } from "./memory-token-store.ts";

const baseUrl = "https://api.ecobeat.app";
const token = "WkM3y0o0cVQZ9m2cV1n4Xh8aJ5sB7dKfT6uR2pLeGxE";

describe("A link of a mail in the app", () => {
  it("is one of the API, or of the app's scheme", () => {
    for (const action of ["reset-password", "confirm-email"] as const) {
      const link = { action, token };
      expect(parseLink(toLink(baseUrl, action, token), baseUrl)).to.deep.equal(link);
      expect(parseLink(toAppLink(action, token), baseUrl)).to.deep.equal(link);
      expect(parseLink(`ecobeat://${action}/?token=${token}`, baseUrl)).to.deep.equal(link);
      expect(parseLink(`${baseUrl}/links/${action}?utm_source=mail&token=${token}&x=1#top`, baseUrl)).to.deep.equal(
        link,
      );
    }
  });

  for (const url of [
    `https://api.ecobeat.app.example/links/reset-password?token=${token}`,
    `https://api.ecobeat.app@example.com/links/reset-password?token=${token}`,
    `https://example.com/https://api.ecobeat.app/links/reset-password?token=${token}`,
    `https://api.ecobeat.app:8443/links/reset-password?token=${token}`,
    `https://ann@api.ecobeat.app/links/reset-password?token=${token}`,
    `http://api.ecobeat.app/links/reset-password?token=${token}`,
    `https://api.ecobeat.app/links/../v1/reset-password?token=${token}`,
    `https://api.ecobeat.app/links/reset-password/other?token=${token}`,
    `https://api.ecobeat.app/links/reset-passwords?token=${token}`,
    `https://api.ecobeat.app\\.example.com/links/reset-password?token=${token}`,
    `https://api.ecobeat.app/links/delete-account?token=${token}`,
    `ecobeat://example.com/reset-password?token=${token}`,
    `ecobeatx://reset-password?token=${token}`,
    `javascript:ecobeat://reset-password?token=${token}`,
    `${baseUrl}/links/reset-password?other_token=${token}`,
    `${baseUrl}/links/reset-password#?token=${token}`,
    `${baseUrl}/links/reset-password?x=1#&token=${token}`,
    `${baseUrl}/links/reset-password?token=${token}%00`,
    `${baseUrl}/links/reset-password?token=`,
    `${baseUrl}/links/reset-password`,
    // As long as the page before its query, and with the page after it.
    `${"https://example.com/".padEnd(`${baseUrl}/links/reset-password`.length, "a")}?token=${token}&x=${baseUrl}/links/reset-password`,
    "",
  ]) {
    it(`is not ${url}`, () => expect(parseLink(url, baseUrl)).to.equal(undefined));
  }
});

describe("The app's client with links of mails", () => {
  const service = useService();
  let store: MemoryTokenStore;
  let ended: EventTarget;
  let endings: number;

  const client = (options: Partial<ClientOptions> = {}) =>
    createClient({
      baseUrl: service.url,
      apiKey: "not required",
      tokens: store,
      onSessionEnded: () => {
        endings += 1;
        ended.dispatchEvent(new Event("ended"));
      },
      ...options,
    });

  beforeEach(() => {
    [store, ended, endings] = [new MemoryTokenStore(), new EventTarget(), 0];
  });

  /** A new account with a confirmed address, whose session the client has. */
  async function signUp(phone: ReturnType<typeof client>) {
    const person = newPerson();
    await phone.register(person);
    await confirmAddress(service, person);
    return person;
  }

  it("resets a password, and ends the app's own session immediately", async () => {
    const phone = client();
    const person = await signUp(phone);
    expect((await phone.requestPasswordReset(person.email)).response.status).to.equal(202);
    const link = listLinks(service, "password-reset", person.email).at(-1)!;
    const reset = createClient({ baseUrl: testConfig.apiUrl, apiKey: "", tokens: store }).parseLink(link)!;
    expect(reset.action).to.equal("reset-password");
    const end = once(ended, "ended");
    expect((await phone.resetPassword(reset.token, "nine purple umbrellas")).response.status).to.equal(204);
    await end;
    expect([store.tokens, endings]).to.deep.equal([undefined, 1]);
    const login = await phone.login({ email: person.email, password: "nine purple umbrellas" });
    expect(login.response.status).to.equal(200);
  });

  it("leaves the session of another account open", async () => {
    const person = await signUp(client());
    await client().requestPasswordReset(person.email);
    const token = getToken(service, "password-reset", person.email);
    store = new MemoryTokenStore();
    const phone = client();
    const other = await signUp(phone);
    const before = store.tokens!.refreshToken;
    const refreshed = new Promise<void>((resolve) => {
      const { write } = store;
      store.write = async (tokens) => {
        await write.call(store, tokens);
        if (tokens.refreshToken !== before) resolve();
      };
    });
    expect((await phone.resetPassword(token, "nine purple umbrellas")).response.status).to.equal(204);
    await refreshed;
    expect((await phone.api.GET("/v1/users/me")).data!.email).to.equal(other.email);
    expect(endings).to.equal(0);
  });

  it("ends no session if the link is no longer valid, or the tokens cannot be read", async () => {
    const phone = client();
    const person = await signUp(phone);
    const refused = await phone.resetPassword(token, "nine purple umbrellas");
    expect(refused.error!.type).to.match(/\/invalid-link$/);
    await phone.requestPasswordReset(person.email);
    const locked = client({
      tokens: {
        read: async () => {
          throw new Error("locked");
        },
        write: async () => {},
        clear: async () => {},
      },
    });
    const valid = getToken(service, "password-reset", person.email);
    expect((await locked.resetPassword(valid, "nine purple umbrellas")).response.status).to.equal(204);
    expect(endings).to.equal(0);
  });

  it("sends a reset again whose response was lost", async () => {
    const phone = client();
    const person = await signUp(phone);
    await phone.requestPasswordReset(person.email);
    const valid = getToken(service, "password-reset", person.email);
    const losing = client({
      fetch: async (request) => {
        await fetch(request);
        throw new TypeError("Network request failed");
      },
    });
    const lost = await losing.resetPassword(valid, "nine purple umbrellas").catch((error) => error);
    expect(lost).to.be.instanceOf(TypeError);
    expect((await phone.resetPassword(valid, "nine purple umbrellas")).response.status).to.equal(204);
  });

  it("confirms an address, and a change of it, without a login", async () => {
    const phone = client();
    const person = newPerson();
    await phone.register(person);
    expect((await phone.api.GET("/v1/users/me")).data!.email_verified).to.equal(false);
    expect((await phone.requestEmailVerification()).response.status).to.equal(202);
    const other = createClient({ baseUrl: service.url, apiKey: "", tokens: new MemoryTokenStore() });
    const verification = getToken(service, "email-verification", person.email);
    expect((await other.confirmEmail(verification)).response.status).to.equal(204);
    expect((await phone.api.GET("/v1/users/me")).data!.email_verified).to.equal(true);

    const email = newPerson().email;
    expect((await phone.changeEmail(email, person.password)).response.status).to.equal(202);
    expect((await other.confirmEmail(getToken(service, "email-change", email))).response.status).to.equal(204);
    expect((await phone.api.GET("/v1/users/me")).data!.email).to.equal(email);
  });
});
