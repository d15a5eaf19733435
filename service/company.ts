/**
 * The names of the company and of its product, in one place: change them here if you use this repository for a product of your
 * own, then see docs/environments.md, "Make it yours". Like the contract, this module costs nothing to import.
 */

/** Name of the product, as people read it. */
export const productName = "Ecobeat";

/** Begins the names of all resources: lower-case letters, digits and hyphens, at most 10. */
export const namePrefix = "ecobeat";

/** The domain; the environments have their own names in it. */
export const domain = "ecobeat.app";

/** Organization of all workspaces in HCP Terraform. */
export const terraformOrganization = "ecobeat";

/** Begins the `type` of each problem (RFC 9457). */
export const problemBase = `https://${domain}/problems/` as const;

/** Name of the file with the data of a user. */
export const exportFileName = `${namePrefix}-export.json`;

/** Id of the app in Google Play. */
export const androidPackage = "app.ecobeat";

/** E-mail address of the engineers of the API, which its description contains. */
export const contactEmail = `platform@${domain}`;

/** E-mail address of the team that helps users. Mails to users contain it. */
export const supportEmail = `support@${domain}`;

/**
 * The repository whose workflows release, as the subject of GitHub's OIDC tokens names it. It contains the ids of the owner
 * and of the repository, so that a later owner of the same names has no access. These are examples. Print yours with
 * `gh api repos/ecobeat/platform --jq '"\(.owner.login)@\(.owner.id)/\(.name)@\(.id)"'`. A repository created before July 2026
 * must first opt in, in its OpenID Connect settings:
 * https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/
 */
export const gitHubRepository = "ecobeat@111111/platform@222222";
