import { apiGatewayEvent } from "../scripts/aws/api-gateway-event.ts";
import { median } from "../scripts/sizing/statistics.ts";
import { measure } from "./process.ts";
import { bundled } from "./programs.ts";
import { milliseconds, ratio, type Section } from "./report.ts";

/**
 * What a login costs, beside the work that it cannot do without.
 * @param keyName where the signing key is
 * @param environment what the service finds in its environment; `AWS_ENDPOINT_URL` makes it sign with KMS
 */
export async function login(keyName: string, environment: Record<string, string> = {}): Promise<Section> {
  const person = { email: "ann@example.com", password: "a long passphrase", name: "Ann" };
  const { email, password } = person;
  const times = await measure<Record<"login" | "least" | "sign", number[]>>(
    "login.cjs",
    {
      service: await bundled("service-in-process", "bench/entries/service-in-process.ts"),
      register: apiGatewayEvent({ method: "POST", path: "/v1/auth/register", body: person }),
      login: apiGatewayEvent({ method: "POST", path: "/v1/auth/login", body: { email, password } }),
      password,
    },
    { environment },
  );
  const [whole, least, sign] = [median(times.login), median(times.least), median(times.sign)];
  return {
    title: `Login, signed with ${keyName}`,
    note: "Users and sessions in this process.",
    rows: [
      { what: "login", figure: milliseconds(whole) },
      { what: "argon2.verify and a signature", figure: milliseconds(least) },
      { what: "a signature alone", figure: milliseconds(sign) },
      ratio("both less the signature", (whole - sign) / (least - sign), 1.05),
    ],
  };
}
