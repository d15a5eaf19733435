import { median, rankSumZ } from "../scripts/sizing/statistics.ts";
import { bundleInProcessService, createLogin, createRegistration, password } from "./in-process-service.ts";
import { runProcess } from "./process.ts";
import { formatMilliseconds, type Section } from "./report.ts";

/** Two-sided: beyond this, chance would make one run in a thousand look like a difference. */
const significantZ = 3.29;

/**
 * The tolerated difference between an outdated hash and a current one. Two hashes with half the memory never take quite as long as
 * one; ten attempts in a quarter of an hour, over a network, do not reveal so little.
 */
const tolerance = 0.1;

/** Whether the time of a rejected login reveals who has an account. */
export async function measureLoginTiming(): Promise<Section> {
  const [ann, bob] = ["ann@example.com", "bob@example.com"];
  const { wrong, outdated, unknown } = await runProcess<Record<"wrong" | "outdated" | "unknown", number[]>>(
    "login-timing.cjs",
    {
      service: await bundleInProcessService(),
      registrations: [ann, bob].map(createRegistration),
      password,
      logins: {
        wrong: createLogin(ann, "not the password"),
        // The last account to register gets an outdated hash.
        outdated: createLogin(bob, "not the password"),
        unknown: createLogin("unknown@example.com", "not the password"),
      },
    },
  );
  const z = rankSumZ(wrong, unknown);
  const ratio = median(outdated) / median(unknown);
  return {
    title: "Rejected logins: a wrong password, compared with an unknown account",
    note: `${wrong.length} of each, in a random order.`,
    rows: [
      { label: "wrong password, p50", value: formatMilliseconds(median(wrong)) },
      { label: "wrong password, hash with outdated parameters, p50", value: formatMilliseconds(median(outdated)) },
      { label: "unknown account, p50", value: formatMilliseconds(median(unknown)) },
      {
        label: "wrong password and unknown account: difference of ranks (Mann-Whitney), z",
        value: z.toFixed(2),
        target: `|z| <= ${significantZ}`,
        isMet: Math.abs(z) <= significantZ,
      },
      {
        label: "outdated hash / unknown account, p50",
        value: `${ratio.toFixed(2)} x`,
        target: `within ${tolerance * 100} %`,
        isMet: Math.abs(ratio - 1) <= tolerance,
      },
    ],
  };
}
