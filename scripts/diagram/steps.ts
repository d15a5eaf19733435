import type { Arrow } from "./arrows.ts";
import type { Box } from "./boxes.ts";

/** The way of a login through the system, in order; what an environment lacks is left out. */
const way: readonly { from: string; to: string; says: string }[] = [
  { from: "Mobile app", to: "Route 53", says: "The app asks where the API is." },
  { from: "Mobile app", to: "CloudFront", says: "Its request meets the firewall of the CDN." },
  { from: "Mobile app", to: "API Gateway", says: "Its request meets the API's firewall, key and limits." },
  {
    from: "CloudFront",
    to: "API Gateway",
    says: "What is not cached goes on, with the origin's secret, through a second firewall.",
  },
  {
    from: "API Gateway",
    to: "auth",
    says: "The route and the alias named live decide which function answers.",
  },
  {
    from: "VPC endpoint SSM",
    to: "Parameter Store",
    says: "A new environment of the function reads its configuration.",
  },
  { from: "PrivateLink", to: "MongoDB Atlas", says: "Data is read and written, under the function's role." },
  { from: "NAT gateway", to: "MongoDB Atlas", says: "Data is read and written, under the function's role." },
  { from: "Security group", to: "ElastiCache", says: "Sessions and cached answers." },
  { from: "VPC endpoint KMS", to: "KMS key", says: "A login ends with a signed access token." },
];

const isNamed = ({ title, detail }: Box, name: string): boolean =>
  title === name || `${title} ${detail}` === name;

/** The arrows that a request takes, in order, with what happens there. */
export const stepsOf = (arrows: readonly Arrow[]): { arrow: Arrow; says: string }[] =>
  way.flatMap(({ from, to, says }) => {
    const arrow = arrows.find((one) => isNamed(one.from, from) && isNamed(one.to, to));
    return arrow ? [{ arrow, says }] : [];
  });
