import { expect } from "chai";
import { developmentOrigins } from "../../../service/local/development-origins.ts";

describe("The origins of the app's development server", () => {
  it("are on this machine, by its name and by its addresses", () => {
    expect(developmentOrigins([])).to.deep.equal(["http://localhost:8081", "http://localhost:19006"]);
    expect(developmentOrigins(["192.168.1.5", "fd00::5"]).slice(2)).to.deep.equal([
      "http://192.168.1.5:8081",
      "http://192.168.1.5:19006",
      "http://[fd00::5]:8081",
      "http://[fd00::5]:19006",
    ]);
  });
});
