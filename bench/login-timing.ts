import { toApiGatewayEvent } from "../scripts/aws/api-gateway-event.ts";
import { median, rankSumZ } from "../scripts/sizing/statistics.ts";
import { runProcess } from "./process.ts";
import { bundleProgram } from "./programs.ts";
import { formatMilliseconds, type Section } from "./report.ts";

/** Beyond this, chance alone would make one run in a thousand look like a difference (two-sided). */
const surprising = 3.29;

/**
 * How near the work of an outdated hash is brought to that of today's. Two hashes of half the memory never take quite as long as
 * a whole one; ten tries in a quarter of an hour, over a network, do not show so little.
 */
const nearly = 0.1;

/** Whether the time of a refusal tells who has an account. */
export async function measureLoginTiming(): Promise<Section> {
  const password = "a long passphrase";
  const [ann, bob] = ["ann@example.com", "bob@example.com"];
  const refused = (email: string) =>
    toApiGatewayEvent({
      method: "POST",
      path: "/v1/auth/login",
      body: { email, password: "not the password" },
    });
  const { wrong, outdated, unknown } = await runProcess<Record<"wrong" | "outdated" | "unknown", number[]>>(
    "login-timing.cjs",
    {
      service: await bundleProgram("service-in-process", "bench/entries/service-in-process.ts"),
      registrations: [ann, bob].map((email) =>
        toApiGatewayEvent({
          method: "POST",
          path: "/v1/auth/register",
          body: { email, password, name: "A person" },
        }),
      ),
      password,
      refused: {
        wrong: refused(ann),
        // The last to register: the hash of that account is made an outdated one.
        outdated: refused(bob),
        unknown: refused("nobody@example.com"),
      },
      seed: 1,
    },
  );
  const z = rankSumZ(wrong, unknown);
  const share = median(outdated) / median(unknown);
  return {
    title: "Login refused, an account with a wrong password beside an address without an account",
    note: `${wrong.length} of each, in an order that a seed decides.`,
    rows: [
      { what: "a wrong password, p50", figure: formatMilliseconds(median(wrong)) },
      { what: "the same, a hash by outdated parameters, p50", figure: formatMilliseconds(median(outdated)) },
      { what: "no account, p50", figure: formatMilliseconds(median(unknown)) },
      {
        what: "a wrong password beside no account: difference of ranks (Mann-Whitney), z",
        figure: z.toFixed(2),
        target: `|z| <= ${surprising}`,
        isMet: Math.abs(z) <= surprising,
      },
      {
        what: "an outdated hash beside no account, p50",
        figure: `${share.toFixed(2)} x`,
        target: `within ${nearly * 100} %`,
        isMet: Math.abs(share - 1) <= nearly,
      },
    ],
  };
}
