import { expect } from "chai";
import { contactEmail } from "../../service/company.ts";
import { environments } from "../../stacks/environments/index.ts";
import type { Attributes, Stacks } from "../support/synthesize.ts";
import { changeFirst, getStackEnvironment, type Resource, referenced, resources } from "./rules/resources.ts";
import { allStacks, resourceRule, rulesByType, testRule } from "./rules/rule.ts";

/** The organizational domain of a name of two labels or more, such as `ecobeat.app`. */
const toOrganization = (domain: string): string => domain.split(".").slice(-2).join(".");

/** The records of an environment, as `type name value`. */
const listRecords = (stacks: Stacks, environment: string): string[] =>
  resources(stacks, "aws_route53_record")
    .filter(({ stackName, attributes }) => stackName === `ecobeat-${environment}-foundation` && attributes.records)
    .map(({ attributes: { type, name, records } }) => `${type} ${name} ${records.join()}`);

const polledQueues = resourceRule(
  "a function that polls a queue reports each failure alone, has a sixth of the visibility timeout, and is not throttled",
  "aws_lambda_event_source_mapping",
  ({ stack, attributes }, stacks) => {
    const queue = referenced(stacks, stack, attributes.event_source_arn)?.attributes;
    const lambda = referenced(stacks, stack, attributes.function_name)?.attributes;
    return (
      // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      queue?.visibility_timeout_seconds >= 6 * lambda?.timeout &&
      JSON.parse(queue?.redrive_policy).maxReceiveCount >= 5 &&
      // The longest validity of a link.
      queue?.message_retention_seconds >= 24 * 60 * 60 &&
      attributes.function_response_types?.join() === "ReportBatchItemFailures" &&
      attributes.scaling_config.maximum_concurrency <= lambda?.reserved_concurrent_executions
    );
  },
);

const identities = rulesByType(
  "mails are signed, need TLS, and go to no address that bounced or whose owner complained",
  {
    aws_sesv2_configuration_set: ({ attributes }) =>
      attributes.delivery_options?.tls_policy === "REQUIRE" &&
      attributes.sending_options?.sending_enabled === true &&
      attributes.suppression_options?.suppressed_reasons.toSorted().join() === "BOUNCE,COMPLAINT",
    aws_sesv2_configuration_set_event_destination: ({ attributes: { event_destination: destination } }) =>
      destination.enabled === true &&
      ["BOUNCE", "COMPLAINT"].every((type) => destination.matching_event_types.includes(type)),
    // Mails arrive also without its MX record.
    aws_sesv2_email_identity_mail_from_attributes: ({ attributes }) =>
      attributes.behavior_on_mx_failure === "USE_DEFAULT_VALUE",
    aws_sesv2_email_identity: ({ stack, attributes }, stacks) =>
      attributes.email_identity === getStackEnvironment(stack).apiDomain &&
      attributes.dkim_signing_attributes?.next_signing_key_length === "RSA_2048_BIT" &&
      referenced(stacks, stack, attributes.configuration_set_name)?.type === "aws_sesv2_configuration_set",
  },
);

const getQueue = (stacks: Stacks, change: (queue: Attributes) => void): void => {
  const queue = resources(stacks, "aws_sqs_queue").find(({ attributes }) => attributes.redrive_policy) as Resource;
  change(queue.attributes);
};

describe("mails of the stacks", () => {
  testRule(polledQueues, {
    "a queue that delivers again too early": (stacks) =>
      getQueue(stacks, (queue) => {
        queue.visibility_timeout_seconds = 30;
      }),
    "a function that is too slow": (stacks) => {
      for (const { attributes } of resources(stacks, "aws_lambda_function")) attributes.timeout = 900;
    },
    "a queue that gives up after one attempt": (stacks) =>
      getQueue(stacks, (queue) => {
        queue.redrive_policy = queue.redrive_policy.replace(/"maxReceiveCount":\d+/, '"maxReceiveCount":1');
      }),
    "a queue that drops mails whose links are valid": (stacks) =>
      getQueue(stacks, (queue) => {
        queue.message_retention_seconds = 600;
      }),
    "batches that fail as a whole": changeFirst("aws_lambda_event_source_mapping", { function_response_types: [] }),
    "more pollers than executions": changeFirst("aws_lambda_event_source_mapping", {
      "scaling_config.maximum_concurrency": 3,
    }),
  });

  testRule(identities, {
    "TLS only if the other server has it": changeFirst("aws_sesv2_configuration_set", {
      "delivery_options.tls_policy": "OPTIONAL",
    }),
    "mails to addresses whose owner complained": changeFirst("aws_sesv2_configuration_set", {
      "suppression_options.suppressed_reasons": ["BOUNCE"],
    }),
    "a set that sends nothing": changeFirst("aws_sesv2_configuration_set", {
      "sending_options.sending_enabled": false,
    }),
    "events that no one counts": changeFirst("aws_sesv2_configuration_set_event_destination", {
      "event_destination.enabled": false,
    }),
    "complaints that no one counts": changeFirst("aws_sesv2_configuration_set_event_destination", {
      "event_destination.matching_event_types": ["BOUNCE"],
    }),
    "no mails without the MX record": changeFirst("aws_sesv2_email_identity_mail_from_attributes", {
      behavior_on_mx_failure: "REJECT_MESSAGE",
    }),
    "another domain": changeFirst("aws_sesv2_email_identity", { email_identity: "example.com" }),
    "no configuration set": changeFirst("aws_sesv2_email_identity", { configuration_set_name: undefined }),
  });

  for (const { name, apiDomain, region } of Object.values(environments)) {
    it(`have records of ${name} for DKIM, MAIL FROM, SPF and DMARC`, () => {
      const token = /\$\{aws_sesv2_email_identity\.\S+?\.dkim_signing_attributes\[0\]\.tokens\.\d\}/g;
      const records = listRecords(allStacks(), name).map((record) => record.replaceAll(token, "TOKEN"));
      const dkim = `CNAME TOKEN._domainkey.${apiDomain} TOKEN.dkim.amazonses.com`;
      expect(records).to.have.members([
        dkim,
        dkim,
        dkim,
        `MX bounce.${apiDomain} 10 feedback-smtp.${region}.amazonses.com`,
        `TXT bounce.${apiDomain} v=spf1 include:amazonses.com ~all`,
        `TXT ${apiDomain} v=spf1 -all`,
        `TXT _dmarc.${apiDomain} v=DMARC1; p=reject; sp=reject; adkim=s; aspf=r; rua=mailto:${contactEmail}`,
      ]);
    });

    it(`send DMARC reports of ${name} to a mailbox of the same organization, which needs no further record`, () => {
      expect(toOrganization(contactEmail.split("@")[1]!)).to.equal(toOrganization(apiDomain));
    });
  }

  it("notify of a silent queue by three mails, also if they come in different parts of an hour", () => {
    const alarms = resources(allStacks(), "aws_cloudwatch_metric_alarm").filter(({ attributes }) =>
      /-mails-not-queued$/.test(attributes.alarm_name),
    );
    expect(alarms).to.have.length(Object.keys(environments).length);
    for (const { attributes } of alarms) {
      expect(attributes.evaluation_periods * attributes.period).to.be.at.least(3_600);
      expect(attributes.datapoints_to_alarm).to.be.at.most(3);
    }
  });

  it("may link to previews where there are some", () => {
    for (const [name, { previews }] of Object.entries(environments)) {
      const [sender] = resources(allStacks(), "aws_lambda_function").filter(
        ({ attributes }) => attributes.function_name === `ecobeat-${name}-mail-sender`,
      );
      expect(sender!.attributes.environment.variables.MAIL_PREVIEWS, name).to.equal(previews && "on");
    }
  });

  it("have three different keys for DKIM", () => {
    const names = resources(allStacks(), "aws_route53_record")
      .filter(({ attributes }) => attributes.name?.includes("_domainkey"))
      .map(({ stackName, attributes }) => `${stackName} ${attributes.name}`);
    expect(new Set(names).size).to.equal(3 * Object.keys(environments).length);
  });
});
