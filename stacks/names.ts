import { namePrefix } from "../service/company.ts";
import { type DeployedEnvironment, previewEnvironment, toNamePrefix } from "../service/contract.ts";

/**
 * A name that must be unique in a whole account, or in all accounts: a name in IAM, S3, CloudFront, Budgets or of a dashboard.
 * It ends with the region, so that an environment can have the same resource in a second region.
 *
 * @param name the name within a region, such as `ecobeat-staging-auth`
 */
export const toGlobalName = (name: string, { region }: { readonly region: string }): string => `${name}-${region}`;

/** Name of a bucket, which is unique in all accounts. */
export const toBucketName = (name: string, owner: { readonly region: string; readonly accountId: string }): string =>
  `${toGlobalName(name, owner)}-${owner.accountId}`;

/** Name of a role that runs of HCP Terraform or workflows assume, such as `ecobeat-staging-deploy-apply-eu-west-1`. */
export const toDeployRoleName = (
  environment: { readonly name: DeployedEnvironment; readonly region: string },
  role: string,
): string => toGlobalName(`${toNamePrefix(environment.name)}-deploy-${role}`, environment);

/** GitHub environment of the jobs that release although an alarm is in ALARM. Its reviewers approve each of them. */
export const overrideEnvironment = (environment: DeployedEnvironment): string => `${environment}-override`;

/**
 * GitHub environments of the jobs that create previews, whose reviewers approve each of them, and of those that destroy expired ones
 * by the code of the main branch.
 */
export const previewGitHubEnvironments = ["preview", "preview-clean"] as const;

/** ARN of the account's setting of Parameter Store's throughput: `true` is the higher one. */
export const toParameterThroughputArn = ({
  region,
  accountId,
}: {
  readonly region: string;
  readonly accountId: string;
}): string => `arn:aws:ssm:${region}:${accountId}:servicesetting/ssm/parameter-store/high-throughput-enabled`;

/** Full name of a Lambda function, such as `ecobeat-staging-auth`. */
export const functionName = (environment: DeployedEnvironment, id: string): string =>
  `${toNamePrefix(environment)}-${id}`;

/** Name of the queue of mails; the environment's previews share it. */
export const mailQueueName = (environment: DeployedEnvironment): string => `${toNamePrefix(environment)}-mails`;

/** Where a queue of mails is. */
interface MailQueueOwner {
  readonly name: DeployedEnvironment;
  readonly region: string;
  readonly accountId: string;
}

/** ARN of the queue of mails, which a later stack than the policies that name it creates. */
export const toMailQueueArn = ({ name, region, accountId }: MailQueueOwner): string =>
  `arn:aws:sqs:${region}:${accountId}:${mailQueueName(name)}`;

/** URL of the queue of mails: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html */
export const toMailQueueUrl = ({ name, region, accountId }: MailQueueOwner): string =>
  `https://sqs.${region}.amazonaws.com/${accountId}/${mailQueueName(name)}`;

/** Id of the function that sends the mails of the queue. */
export const mailSenderFunction = "mail-sender";

/** Address from which mails come. It receives none. */
export const toMailFrom = ({ apiDomain }: { readonly apiDomain: string }): string => `no-reply@${apiDomain}`;

/** Name of the configuration set of SES with which mails are sent. */
export const mailConfigurationSet = (environment: DeployedEnvironment): string => toNamePrefix(environment);

/** The alias that callers of a function invoke. */
export const liveAlias = "live";

/** Id of the function that creates missing indexes; `npm run ops -- release` and `migrate --environment` invoke it. */
export const migrationFunction = "migrate";

/** Id of the function through which support acts; `npm run ops -- users` calls its URL. */
export const supportFunction = "support";

/** How long the log of that function stays, in days: at least as long as the audit log in the database. */
export const auditLogDays = 731;

/** Name of the managed policy that lets people call the function of {@link supportFunction}. */
export const supportPolicyName = (environment: {
  readonly name: DeployedEnvironment;
  readonly region: string;
}): string => toGlobalName(functionName(environment.name, supportFunction), environment);

/** Name of the CodeDeploy application; its deployment groups have the names of the functions. */
export const deploymentApplication = (environment: DeployedEnvironment): string => toNamePrefix(environment);

/** Log group with the release history; `npm run ops -- rollback` writes it, `status --history` reads it. */
export const releaseLogName = (environment: DeployedEnvironment): string => `/${toNamePrefix(environment)}/releases`;

/** Alias of the KMS key that encrypts secret parameters. */
export const dataKeyAlias = (environment: DeployedEnvironment): string => `alias/${toNamePrefix(environment)}-data`;

/** Name and id of the functions' ElastiCache IAM user (ElastiCache requires that they are equal). */
export const cacheUserName = (environment: DeployedEnvironment): string => `${toNamePrefix(environment)}-service`;

/** The same user for the functions of all previews in an environment. */
export const previewCacheUserName = (host: DeployedEnvironment): string => toPreviewHostPrefix(host);

/** Begins the names of what all previews in an environment share, such as `ecobeat-staging-preview`. */
export const toPreviewHostPrefix = (host: DeployedEnvironment): string => `${toNamePrefix(host)}-${previewEnvironment}`;

/** Name of the stack of HCP Terraform itself, which belongs to all environments. */
export const hcpTerraformStackName = `${namePrefix}-hcp-terraform`;

/** Ends the name of a topic for tickets. The one for pages has the rest of the name. */
export const ticketTopicSuffix = "-tickets";
