import { expect } from "chai";
import { ConfigurationError } from "../../service/config.ts";
import { localSettings } from "../../service/local/settings.ts";
import { functionSettings, readSettings } from "../../service/settings.ts";

describe("The settings of the functions", () => {
  const variables = {
    API_URL: "https://api.test",
    CORS_ORIGINS: "https://app.test,https://other.test",
    MINIMUM_APP_VERSION: "1.4.0",
    TRUSTED_PROXIES: "2",
    ECOBEAT_ENVIRONMENT: "staging",
  };

  it("are read from what the stack sets", () => {
    expect(readSettings(functionSettings, variables)).to.deep.equal({
      apiUrl: "https://api.test",
      corsOrigins: ["https://app.test", "https://other.test"],
      minimumAppVersion: "1.4.0",
      trustedProxies: 2,
      environment: "staging",
      docsPage: "off",
      appleAppIds: [],
      androidCertificates: [],
      databaseName: undefined,
      cacheName: undefined,
      mailQueueUrl: undefined,
    });
  });

  it("name what the function shares with those of another environment", () => {
    const names = { DATABASE_NAME: "ecobeat-pr-7", CACHE_NAME: "ecobeat-staging" };
    expect(readSettings(functionSettings, { ...variables, ...names })).to.include({
      databaseName: "ecobeat-pr-7",
      cacheName: "ecobeat-staging",
    });
  });

  it("are lists where there are several apps or certificates", () => {
    const lists = { APPLE_APP_IDS: "A1B2C3D4E5.app,A1B2C3D4E5.beta", ANDROID_CERTIFICATES: "" };
    expect(readSettings(functionSettings, { ...variables, ...lists })).to.deep.include({
      appleAppIds: ["A1B2C3D4E5.app", "A1B2C3D4E5.beta"],
      androidCertificates: [],
    });
  });

  for (const name of Object.keys(variables)) {
    it(`require ${name}`, () => {
      expect(() => readSettings(functionSettings, { ...variables, [name]: "" })).to.throw(
        ConfigurationError,
        `The environment variable ${name} is not set. Set it`,
      );
    });
  }

  it("refuse an invalid number of proxies", () => {
    for (const TRUSTED_PROXIES of ["two", "-1", "1.5", " "])
      expect(() => readSettings(functionSettings, { ...variables, TRUSTED_PROXIES })).to.throw(
        ConfigurationError,
        `TRUSTED_PROXIES is "${TRUSTED_PROXIES}". Set it to a whole number.`,
      );
  });
});

describe("The settings of the local server", () => {
  const read = (environment: NodeJS.ProcessEnv) => readSettings(localSettings, environment);

  it("have defaults, also for an empty variable", () => {
    const defaults = {
      apiKey: "development",
      minimumAppVersion: "0.0.0",
      appleAppIds: ["ABCDE12345.app.ecobeat"],
      androidCertificates: [Array(32).fill("0A").join(":")],
      host: "localhost",
      port: 3001,
      logFormat: "pretty",
    };
    expect(read({})).to.deep.equal(defaults);
    expect(read({ API_KEY: "", HOST: "", PORT: "", LOG_FORMAT: "" })).to.deep.equal(defaults);
  });

  it("refuse an invalid port", () => {
    expect(read({ PORT: "0" }).port).to.equal(0);
    for (const PORT of ["http", "65536", "-1", "0x10", " ", "1.5"])
      expect(() => read({ PORT }), PORT).to.throw(
        ConfigurationError,
        `PORT is "${PORT}". Set it to a number from 0 to 65535, or unset it.`,
      );
  });

  it("accept pretty or json as the format of the log", () => {
    expect(read({ LOG_FORMAT: "json" }).logFormat).to.equal("json");
    for (const LOG_FORMAT of ["JSON", "text", " "])
      expect(() => read({ LOG_FORMAT }), LOG_FORMAT).to.throw(ConfigurationError, /"pretty" or to "json"/);
  });
});
