import type { RequestHandler } from "express";
import { androidPackage } from "../company.ts";
import type { LinkAppConfig } from "../config.ts";
import { linksRoute } from "../contract.ts";
import { computeEtag, sendNotModified } from "../platform/entity-tag.ts";
import { problems } from "../platform/problems.ts";
import { openRoutes } from "../platform/routing.ts";

/**
 * Apple's CDN reads its file within a day, and phones ask it once a week, whatever this says. Google says nothing about it. So it is
 * what CloudFront keeps at most.
 * https://developer.apple.com/documentation/xcode/supporting-associated-domains
 */
const cacheSeconds = 300;

const paths = `${linksRoute}/*`;

/**
 * Which apps open links to the pages of this domain on Apple's devices.
 * https://developer.apple.com/documentation/bundleresources/applinks
 */
export const toAppleAssociation = (appIDs: readonly string[]): object => ({
  applinks: { details: [{ appIDs, components: [{ "/": paths, comment: "The links of mails" }] }] },
});

/**
 * The same for Android, which reads paths here from version 15 on, and otherwise in the app's manifest alone.
 * https://developer.android.com/training/app-links/configure-assetlinks
 */
export const toAndroidAssociation = (certificates: readonly string[]): object[] => {
  const relation = "delegate_permission/common.handle_all_urls";
  return [
    {
      relation: [relation],
      target: { namespace: "android_app", package_name: androidPackage, sha256_cert_fingerprints: certificates },
      relation_extensions: {
        [relation]: { dynamic_app_link_components: [{ "/": paths }, { "/": "*", exclude: true }] },
      },
    },
  ];
};

/** `/.well-known/apple-app-site-association`, where an app is configured. */
export const appleAssociationRoutes = ({ appleAppIds = [] }: Partial<LinkAppConfig> = {}) =>
  openRoutes({
    "GET /.well-known/apple-app-site-association": serve(
      appleAppIds.length > 0 ? toAppleAssociation(appleAppIds) : undefined,
    ),
  });

/** `/.well-known/assetlinks.json`, where an app is configured. */
export const androidAssociationRoutes = ({ androidCertificates = [] }: Partial<LinkAppConfig> = {}) =>
  openRoutes({
    "GET /.well-known/assetlinks.json": serve(
      androidCertificates.length > 0 ? toAndroidAssociation(androidCertificates) : undefined,
    ),
  });

function serve(content: object | undefined): RequestHandler {
  if (!content) return (_request, _response, next) => next(problems.routeNotFound());
  const body = JSON.stringify(content);
  const tag = computeEtag(body);
  return (request, response) => {
    response.setHeader("Cache-Control", `public, max-age=${cacheSeconds}`);
    // Both require this type, and no redirect.
    if (!sendNotModified(request, response, tag)) response.type("json").end(body);
  };
}
