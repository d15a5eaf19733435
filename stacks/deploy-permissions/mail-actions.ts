import { type DeployActionTable, namedScope, readWrite, type Scope, scope, tagging } from "./deploy-actions.ts";

/** The domain from which the environment's mails come. */
const identities = scope("MailIdentities", "ses", ({ accountId, apiDomain }) => [
  `arn:aws:ses:*:${accountId}:identity/${apiDomain}`,
]);
const configurationSets = namedScope("MailConfigurationSets", "ses", (prefix) => [`configuration-set/${prefix}`]);

/** An identity names the configuration set that it uses by default. */
const defaultSet: Scope = { ...configurationSets, sid: "DefaultMailConfigurationSet" };

/**
 * Mails. A deploy role sends none, and asks for no production access: an operator does.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
 */
export const mailActions: DeployActionTable = {
  aws_sesv2_configuration_set: readWrite(
    [configurationSets, "GetConfigurationSet", "ListTagsForResource"],
    [
      configurationSets,
      "CreateConfigurationSet",
      "DeleteConfigurationSet",
      "PutConfigurationSetDeliveryOptions",
      "PutConfigurationSetReputationOptions",
      "PutConfigurationSetSendingOptions",
      "PutConfigurationSetSuppressionOptions",
      "PutConfigurationSetTrackingOptions",
      "PutConfigurationSetVdmOptions",
    ],
    tagging(configurationSets),
  ),
  aws_sesv2_configuration_set_event_destination: readWrite(
    [configurationSets, "GetConfigurationSetEventDestinations"],
    [
      configurationSets,
      "CreateConfigurationSetEventDestination",
      "DeleteConfigurationSetEventDestination",
      "UpdateConfigurationSetEventDestination",
    ],
  ),
  aws_sesv2_email_identity: readWrite(
    [identities, "GetEmailIdentity", "ListTagsForResource"],
    [
      identities,
      "CreateEmailIdentity",
      "DeleteEmailIdentity",
      "PutEmailIdentityConfigurationSetAttributes",
      "PutEmailIdentityDkimSigningAttributes",
    ],
    [defaultSet, "PutEmailIdentityConfigurationSetAttributes"],
    tagging(identities),
  ),
  aws_sesv2_email_identity_mail_from_attributes: readWrite(
    [identities, "GetEmailIdentity"],
    [identities, "PutEmailIdentityMailFromAttributes"],
  ),
};
