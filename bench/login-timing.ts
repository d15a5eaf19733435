import { apiGatewayEvent } from "../test/support/api-gateway-event.ts";
import { measure } from "./process.ts";
import { bundled } from "./programs.ts";
import { milliseconds, type Section } from "./report.ts";
import { median, rankSumZ } from "./statistics.ts";

/** Beyond this, chance alone would make one run in a thousand look like a difference (two-sided). */
const surprising = 3.29;

/** Whether the time of a refusal tells who has an account. */
export async function loginTiming(): Promise<Section> {
  const person = { email: "ann@example.com", password: "a long passphrase", name: "Ann" };
  const refused = (email: string) =>
    apiGatewayEvent({
      method: "POST",
      path: "/v1/auth/login",
      body: { email, password: "not the password" },
    });
  const { wrong, unknown } = await measure<Record<"wrong" | "unknown", number[]>>("login-timing.cjs", {
    service: await bundled("service-in-process", "bench/entries/service-in-process.ts"),
    register: apiGatewayEvent({ method: "POST", path: "/v1/auth/register", body: person }),
    wrong: refused(person.email),
    unknown: refused("nobody@example.com"),
    seed: 1,
  });
  const z = rankSumZ(wrong, unknown);
  return {
    title: "Login refused, an account with a wrong password beside an address without an account",
    note: `${wrong.length} of each, in an order that a seed decides.`,
    rows: [
      { what: "a wrong password, p50", figure: milliseconds(median(wrong)) },
      { what: "no account, p50", figure: milliseconds(median(unknown)) },
      {
        what: "difference of ranks (Mann-Whitney), z",
        figure: z.toFixed(2),
        target: `|z| <= ${surprising}`,
        met: Math.abs(z) <= surprising,
      },
    ],
  };
}
