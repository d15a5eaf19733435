import { parameters } from "../../../service/contract.ts";
import { mailQueueName, toMailFrom } from "../../../stacks/names.ts";
import type { EnvironmentNames } from "./environment-names.ts";
import { signingByNonSigner } from "./function-requests.ts";
import { type DeniedRequest, type NamedRequest, request, ungranted } from "./requests.ts";

const toQueue = (names: EnvironmentNames): string => names.arn("sqs", mailQueueName(names.environment.name));

/** A mail, as SES asks IAM about it: once for its identity, and once for its configuration set. */
const sendRequests = (names: EnvironmentNames, from = toMailFrom(names.environment)) =>
  [`identity/${names.environment.apiDomain}`, `configuration-set/${names.prefix}`].map(
    (resource) =>
      [
        `send a mail with the ${resource.split("/")[0]}`,
        "ses:SendEmail",
        names.arn("ses", resource),
        { "ses:FromAddress": from },
      ] as const,
  );

/** What the function that sends mails needs, and Lambda in its name. */
export const mailSenderRequests = (names: EnvironmentNames): NamedRequest[] => [
  ...["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"].map((action) =>
    request(`${action} of the queue of mails`, `sqs:${action}`, toQueue(names)),
  ),
  request("decrypt a mail through SQS", "kms:Decrypt", names.key("data-key"), {
    "kms:ViaService": `sqs.${names.environment.region}.amazonaws.com`,
  }),
  ...sendRequests(names).map((each) => request(...each)),
];

/** What it may not do, in addition to what no function may. */
export const deniedToMailSender = (names: EnvironmentNames): DeniedRequest[] => [
  signingByNonSigner(names),
  ...sendRequests(names, `support@${names.environment.apiDomain}`).map(([name, ...rest]) =>
    ungranted(`${name} from another address`, ...rest),
  ),
  ungranted("put a mail into the queue", "sqs:SendMessage", toQueue(names)),
  ungranted("read the pepper", "ssm:GetParameters", names.parameter(parameters.refreshTokenPepper)),
];
