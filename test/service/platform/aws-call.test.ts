import { GetPublicKeyCommand } from "@aws-sdk/client-kms";
import { expect } from "chai";
import { callAws } from "../../../service/platform/aws-call.ts";
import { DeadlineError, RequestDeadline, runUntil, UnavailableError } from "../../../service/platform/deadline.ts";
import { createKmsClient } from "../../../service/platform/kms.ts";
import { defaultTimeouts } from "../../../service/platform/timeouts.ts";
import { type KmsServer, startKmsServer } from "../../support/kms-server.ts";

describe("A call of AWS whose response does not end", () => {
  let server: KmsServer;
  before(async () => {
    server = await startKmsServer(() => "stuck");
  });
  after(() => server.stop());

  /** @returns its failure, and whether the client was told to end the call */
  async function callKms(awsCall = defaultTimeouts.awsCall): Promise<{ error: Error; isAborted: boolean }> {
    const kms = createKmsClient();
    let signal: AbortSignal | undefined;
    const error = await callAws("KMS", { ...defaultTimeouts, awsCall }, ({ abortSignal }) => {
      signal = abortSignal;
      return kms.send(new GetPublicKeyCommand({ KeyId: "key" }), { abortSignal });
    }).catch((error) => error);
    return { error, isAborted: signal!.aborted };
  }

  it("ends after its time, all attempts together, and is aborted", async () => {
    const { error, isAborted } = await callKms(50);
    expect(error).to.be.instanceOf(UnavailableError).and.include({ code: "KMS" });
    expect(isAborted).to.equal(true);
  });

  it("ends at the deadline of its request, and is aborted", async () => {
    const { error, isAborted } = await new Promise<Awaited<ReturnType<typeof callKms>>>((resolve, reject) => {
      runUntil(new RequestDeadline(50, () => {}), () => callKms().then(resolve, reject));
    });
    expect(error).to.be.instanceOf(DeadlineError);
    expect(isAborted).to.equal(true);
  });
});
