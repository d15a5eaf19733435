/**
 * Makes the C library give up a look-up of a host after 2 s for each name server, instead of 10 s. Node.js runs look-ups on four threads,
 * on which it also hashes passwords: with a silent name server, all of them would be busy long after the requests have ended. The
 * library reads the variable at its first look-up: https://man7.org/linux/man-pages/man5/resolv.conf.5.html
 *
 * SRV and TXT records are not looked up by this library, and need no thread.
 */
export function limitNameResolution(environment: NodeJS.ProcessEnv): void {
  environment.RES_OPTIONS ??= "timeout:1 attempts:2";
}
