import { median } from "../scripts/sizing/statistics.ts";
import { bundleInProcessService, createLogin, createRegistration, password } from "./in-process-service.ts";
import { runProcess } from "./process.ts";
import { formatMilliseconds, type Section, toRatioRow } from "./report.ts";

/**
 * The time of a login, compared with the work that it cannot avoid.
 * @param keyName the signing key, for the title
 * @param environment the service's environment variables; `AWS_ENDPOINT_URL` makes it sign with KMS
 */
export async function measureLogin(keyName: string, environment: Record<string, string> = {}): Promise<Section> {
  const times = await runProcess<Record<"login" | "minimum" | "sign", number[]>>(
    "login.cjs",
    {
      service: await bundleInProcessService(),
      register: createRegistration(),
      login: createLogin("ann@example.com"),
      password,
    },
    { environment },
  );
  const [whole, minimum, sign] = [median(times.login), median(times.minimum), median(times.sign)];
  return {
    title: `Login, signed with ${keyName}`,
    note: "Users and sessions in the same process.",
    rows: [
      { label: "login", value: formatMilliseconds(whole) },
      { label: "argon2.verify and a signature", value: formatMilliseconds(minimum) },
      { label: "a signature", value: formatMilliseconds(sign) },
      toRatioRow("login / argon2.verify, both without the signature", (whole - sign) / (minimum - sign), 1.05),
    ],
  };
}
