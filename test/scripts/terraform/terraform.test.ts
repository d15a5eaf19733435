import { expect } from "chai";
import { isolateEnvironment, toInitEnvironment } from "../../../scripts/terraform/terraform.ts";

const callers = {
  PATH: "/bin",
  HOME: "/home/engineer",
  HTTPS_PROXY: "http://proxy.example:3128",
  GOGC: "100",
  AWS_PROFILE: "production",
  AWS_ACCESS_KEY_ID: "AKIAREAL",
  AWS_SECRET_ACCESS_KEY: "real",
  AWS_SESSION_TOKEN: "real",
  AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://169.254.170.2/",
  AWS_WEB_IDENTITY_TOKEN_FILE: "/token",
  AWS_ENDPOINT_URL: "https://sts.amazonaws.com",
  AWS_ENDPOINT_URL_S3: "https://s3.amazonaws.com",
  TF_CLI_ARGS_apply: "-target=aws_vpc.main",
  TF_TOKEN_app_terraform_io: "real",
  TF_VAR_name: "value",
  TF_WORKSPACE: "production",
};

describe("the environments of Terraform", () => {
  it("contain no setting of the caller that gives access to an account or changes Terraform's behaviour", () => {
    const leak = /real|production|amazonaws|169\.254|-target|TF_VAR|\/token/i;
    for (const [name, value] of Object.entries(callers).filter(([setting]) => /^(AWS|TF)_/.test(setting))) {
      expect(`${name}=${value}`, "the test detects a leak of this setting").to.match(leak);
    }
    for (const environment of [
      isolateEnvironment(callers),
      isolateEnvironment(callers, "http://127.0.0.1:5566"),
      toInitEnvironment(callers, "/cache"),
    ]) {
      expect(JSON.stringify(environment)).to.not.match(leak);
      expect(environment).to.include({ PATH: "/bin", HOME: "/home/engineer" });
    }
  });

  it("let providers reach only the emulator", () => {
    const environment = isolateEnvironment(callers, "http://127.0.0.1:5566");
    expect(environment.AWS_ENDPOINT_URL).to.equal("http://127.0.0.1:5566");
    const proxy = "http://127.0.0.1:9";
    expect(environment).to.include({ HTTP_PROXY: proxy, HTTPS_PROXY: proxy });
    expect(isolateEnvironment(callers)).to.not.have.property("AWS_ENDPOINT_URL");
  });

  it("let providers collect no garbage while there is memory, whatever the caller has set for other programs", () => {
    expect(isolateEnvironment(callers)).to.include({ GOGC: "off", GOMEMLIMIT: "1GiB" });
  });

  it("let init reach the registry as the caller does, with one copy of each provider", () => {
    expect(toInitEnvironment(callers, "/cache")).to.include({
      HTTPS_PROXY: "http://proxy.example:3128",
      TF_PLUGIN_CACHE_DIR: "/cache",
    });
    const own = toInitEnvironment({ TF_PLUGIN_CACHE_DIR: "/", TF_CLI_CONFIG_FILE: "/missing" }, "/cache");
    expect(own).to.include({ TF_PLUGIN_CACHE_DIR: "/" }).and.not.have.property("TF_CLI_CONFIG_FILE");
  });
});
