import { toApiGatewayEvent } from "../scripts/aws/api-gateway-event.ts";
import { median } from "../scripts/sizing/statistics.ts";
import { runProcess } from "./process.ts";
import { bundleProgram } from "./programs.ts";
import { formatMilliseconds, type Section, toRatioRow } from "./report.ts";

/**
 * What a login costs, beside the work that it cannot do without.
 * @param keyName where the signing key is
 * @param environment what the service finds in its environment; `AWS_ENDPOINT_URL` makes it sign with KMS
 */
export async function measureLogin(
  keyName: string,
  environment: Record<string, string> = {},
): Promise<Section> {
  const person = { email: "ann@example.com", password: "a long passphrase", name: "Ann" };
  const { email, password } = person;
  const times = await runProcess<Record<"login" | "least" | "sign", number[]>>(
    "login.cjs",
    {
      service: await bundleProgram("service-in-process", "bench/entries/service-in-process.ts"),
      register: toApiGatewayEvent({ method: "POST", path: "/v1/auth/register", body: person }),
      login: toApiGatewayEvent({ method: "POST", path: "/v1/auth/login", body: { email, password } }),
      password,
    },
    { environment },
  );
  const [whole, least, sign] = [median(times.login), median(times.least), median(times.sign)];
  return {
    title: `Login, signed with ${keyName}`,
    note: "Users and sessions in this process.",
    rows: [
      { what: "login", figure: formatMilliseconds(whole) },
      { what: "argon2.verify and a signature", figure: formatMilliseconds(least) },
      { what: "a signature alone", figure: formatMilliseconds(sign) },
      toRatioRow("both less the signature", (whole - sign) / (least - sign), 1.05),
    ],
  };
}
