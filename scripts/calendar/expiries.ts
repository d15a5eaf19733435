/** A day in UTC, such as `2027-04-30`. */
export type Day = `${number}-${number}-${number}`;

/** The teams of `.github/CODEOWNERS`. */
export type Owner = "platform" | "api" | "mobile";

/** Something that expires, reaches the end of its support, or must be rotated. */
interface Item {
  /** Unique, in Markdown. */
  readonly what: string;
  readonly owner: Owner;
  /** What it is called in code and workflows. `test/scripts/calendar/calendar.test.ts` compares these with the repository. */
  readonly covers?: readonly string[];
  /** What to do, as a sentence in Markdown. */
  readonly renew: string;
}

/** Its end is announced. */
interface Announced {
  readonly ends: Day;
  /** Where the day was read. */
  readonly source: string;
  /** A decision to use it after its end, or until shortly before it. It becomes due as an end does. */
  readonly accepted?: { readonly until: Day; readonly why: string };
  readonly lookedUp?: never;
  readonly shownBy?: never;
}

/** Its end is not announced: it is looked up again within a year. */
interface Unannounced {
  readonly lookedUp: Day;
  readonly source: string;
  readonly ends?: never;
  readonly accepted?: never;
  readonly shownBy?: never;
}

/** Each environment has its own day, which the repository cannot know, or it renews itself. */
interface Deployed {
  /** Where to see it, and how often it is due or what renews it, in Markdown. */
  readonly shownBy: string;
  readonly source?: never;
  readonly ends?: never;
  readonly accepted?: never;
  readonly lookedUp?: never;
}

/** A row of docs/calendar.md. */
export type Expiry = Item & (Announced | Unannounced | Deployed);

const lambdaSource = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html";
const nodeSource = "https://github.com/nodejs/release#release-schedule";
const providerSteps = "Follow *A version of a provider* in CONTRIBUTING.md.";
const hcpTokens =
  "Create a new token in HCP Terraform, and replace the secret of the GitHub environment: docs/workflows.md.";

/** All rows: runtimes and tools, engines, providers, then keys and tokens. */
export const expiries: readonly Expiry[] = [
  {
    what: "Lambda runtime `nodejs22.x`",
    owner: "platform",
    covers: ["runtime nodejs22.x"],
    ends: "2027-04-30",
    source: lambdaSource,
    renew: "No environment uses it: remove it from `lambdaRuntimes` in stacks/service-values.ts.",
  },
  {
    what: "Lambda runtime `nodejs24.x`",
    owner: "platform",
    covers: ["runtime nodejs24.x", "node 24"],
    ends: "2028-04-30",
    source: lambdaSource,
    renew:
      "Add the next runtime to `lambdaRuntimes`, set `runtime` in stacks/environments/, and release to staging first.",
  },
  {
    what: "Node.js 20, the oldest version for development",
    owner: "platform",
    covers: ["node 20"],
    ends: "2026-04-30",
    source: nodeSource,
    accepted: {
      until: "2027-06-30",
      why:
        "Only machines of developers run it: functions and workflows run 24. The lockfile keeps the packages that support it; " +
        "new versions of the AWS SDK require 22 from January 2027.",
    },
    renew: "Raise `engines` in package.json, the esbuild target and `@types/node` to the oldest supported version.",
  },
  {
    what: "Terraform 1.11",
    owner: "platform",
    covers: ["terraform 1.11"],
    ends: "2027-02-28",
    source: "https://registry.terraform.io/providers/mongodb/mongodbatlas/latest/docs#terraform-version",
    accepted: {
      until: "2027-06-30",
      why: "The infrastructure test runs it, and `~> 1.11` already lets HCP Terraform run the newest 1.x.",
    },
    renew:
      "Run `npm run test:infra` with a newer version, then raise it in .github/actions/set-up and stacks/workspace-stack.ts.",
  },
  {
    what: "CDKTF 0.21 and its prebuilt bindings",
    owner: "platform",
    covers: ["cdktf", "cdktf-cli", "@cdktf/provider-aws", "@cdktf/provider-mongodbatlas", "@cdktf/provider-tfe"],
    ends: "2025-12-10",
    source: "https://github.com/hashicorp/terraform-cdk",
    accepted: {
      until: "2027-04-30",
      why: "docs/adr/0001-stay-on-cdktf.md. Its CLI does not start on Node.js 24, so that it ends with Node.js 22.",
    },
    renew: "Repeat a trial of docs/adr/0001-stay-on-cdktf.md, and migrate or renew the decision.",
  },
  {
    what: "AWS CLI 1, in tests of the runbooks alone",
    owner: "platform",
    covers: ["awscli 1"],
    ends: "2027-07-15",
    source: "https://aws.amazon.com/blogs/developer/cli-v1-maintenance-mode-announcement/",
    renew: "Let the tests read the command tables of version 2, and remove .ci/requirements.txt.",
  },
  {
    what: "MongoDB 8.0",
    owner: "platform",
    covers: ["mongodb 8.0"],
    ends: "2029-10-31",
    source: "https://www.mongodb.com/legal/support-policy/lifecycles",
    renew: "Raise `mongoDbMajorVersion` and the image in compose.yaml, staging first; Flex is upgraded by Atlas.",
  },
  {
    what: "ElastiCache for Redis OSS 7.1",
    owner: "platform",
    covers: ["redis 7.1"],
    lookedUp: "2026-11-30",
    source: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/extended-support.html",
    renew: "Look up whether AWS has announced an end of version 7. Valkey is its successor in place.",
  },
  {
    what: "Provider `hashicorp/aws` 6",
    owner: "platform",
    covers: ["provider aws 6"],
    lookedUp: "2026-11-30",
    source: "https://github.com/hashicorp/terraform-provider-aws/releases",
    renew: `Look up whether version 7 is released. ${providerSteps}`,
  },
  {
    what: "Provider `mongodb/mongodbatlas` 1",
    owner: "platform",
    covers: ["provider mongodbatlas 1"],
    lookedUp: "2026-11-30",
    source:
      "https://registry.terraform.io/providers/mongodb/mongodbatlas/latest/docs#mongodb-atlas-provider-versioning-policy",
    renew: `Look up whether MongoDB has announced an end of version 1, whose successor is 2. ${providerSteps}`,
  },
  {
    what: "Provider `hashicorp/tfe` 0",
    owner: "platform",
    covers: ["provider tfe 0"],
    lookedUp: "2026-11-30",
    source: "https://github.com/hashicorp/terraform-provider-tfe/releases",
    renew: `Look up whether version 1 is released. ${providerSteps}`,
  },
  {
    what: "Actions of the workflows",
    owner: "platform",
    covers: [
      "actions/checkout@v6",
      "actions/setup-node@v6",
      "actions/setup-python@v6",
      "aws-actions/configure-aws-credentials@v6",
      "hashicorp/setup-terraform@v4",
    ],
    lookedUp: "2026-11-30",
    source: "https://github.blog/changelog/2025-09-19-deprecation-of-node-20-on-github-actions-runners/",
    renew:
      "Look up whether GitHub has announced an end of the Node.js version that they run on. Dependabot raises them.",
  },
  {
    what: "Team tokens of HCP Terraform in GitHub environments",
    owner: "platform",
    covers: ["secrets.TF_API_TOKEN"],
    shownBy: "HCP Terraform, *Settings*, *API tokens*, *Team tokens*. Choose a year at most.",
    renew: hcpTokens,
  },
  {
    what: "API keys of Atlas in HCP Terraform and in the environment `preview`",
    owner: "platform",
    covers: ["secrets.MONGODB_ATLAS_PUBLIC_API_KEY", "secrets.MONGODB_ATLAS_PRIVATE_API_KEY"],
    shownBy: "Atlas, *Organization access*, *API keys*. They do not expire: replace them each year.",
    renew:
      "Create a key, set it in the variable set as docs/bootstrap.md says, deploy `database`, and delete the old key.",
  },
  {
    what: "Secret of the Atlas service account of operators",
    owner: "platform",
    shownBy: "Atlas, *Applications*. It lives for 365 days at most, and Atlas sends an alert before.",
    renew: "Generate a new client secret; the old one stays valid for seven days: docs/atlas.md.",
  },
  {
    what: "Deploy key of the mirror",
    owner: "platform",
    covers: ["secrets.MIRROR_KEY", "secrets.MIRROR_URL", "secrets.MIRROR_HOST_KEYS"],
    shownBy:
      "The mirror's settings. It does not expire: replace it each year, and the host keys when the host changes them.",
    renew:
      "Add a new key with write access to the mirror, replace the secrets, and delete the old key: docs/workflows.md.",
  },
  {
    what: "Account and API key of the smoke tests",
    owner: "api",
    covers: [
      "secrets.HEALTH_API_KEY",
      "secrets.HEALTH_EMAIL",
      "secrets.HEALTH_PASSWORD",
      "secrets.STAGING_HEALTH_API_KEY",
      "secrets.STAGING_HEALTH_EMAIL",
      "secrets.STAGING_HEALTH_PASSWORD",
    ],
    shownBy: "The smoke tests of each release. They do not expire.",
    renew: "Register another account, and replace the secrets: docs/bootstrap.md.",
  },
  {
    what: "Refresh-token pepper",
    owner: "api",
    covers: ["parameter refresh-token-pepper"],
    shownBy: "`ops pepper list` and `ops doctor`. It does not expire: rotate it each year.",
    renew: "Follow runbooks/rotate-pepper.md: no user is logged out.",
  },
  {
    what: "Probe account of the pre-traffic test",
    owner: "api",
    covers: ["parameter probe-account"],
    shownBy: "The pre-traffic test of each release. It does not expire.",
    renew: "After a leak only: delete the account and the parameter, and run `ops secrets create`.",
  },
  {
    what: "Signing keys of access tokens",
    owner: "api",
    covers: ["parameter jwt-signing-keys"],
    shownBy: "`ops keys list` and `ops doctor`. They do not expire: rotate them each year.",
    renew: "Follow runbooks/rotate-signing-keys.md.",
  },
  {
    what: "Origin-verify secret",
    owner: "platform",
    shownBy: "AWS Secrets Manager. It does not expire: replace it each year.",
    renew: "Raise `version` of the `OriginSecret`: docs/environments.md.",
  },
  {
    what: "API key of the app",
    owner: "mobile",
    shownBy: "API Gateway. It is in every installed app, so that it is no secret, and does not expire.",
    renew: "Not needed.",
  },
  {
    what: "KMS keys of data, logs and backups",
    owner: "platform",
    shownBy: "AWS KMS, which rotates their material each year.",
    renew: "Not needed.",
  },
  {
    what: "TLS certificates",
    owner: "platform",
    shownBy:
      "`ops doctor` and the alarms `-certificate` and `-edge-certificate`. ACM renews them 60 days before they expire.",
    renew: "If an alarm fires: runbooks/certificate.md.",
  },
  {
    what: "Registration of the domain",
    owner: "platform",
    shownBy: "The registrar, whose automatic renewal must be on, with a valid means of payment.",
    renew: "If it has expired: runbooks/certificate.md.",
  },
];
