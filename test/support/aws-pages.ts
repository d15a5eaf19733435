/** A list operation: where its items are, and how a response names the next page. */
interface ListOperation {
  /** The request, if no header or parameter names the operation: a method, a path and a parameter without a value. */
  readonly request?: RegExp;
  /** The parameter that takes the token of a page. */
  readonly parameter: string;
  /** The field with the items; in XML, the element around them. */
  readonly items: string;
  /** The element of an item, in XML. @default JSON */
  readonly element?: string;
  /** The fields that name the next page. */
  readonly next: readonly string[];
  /** The field that says whether there is a next page. @default none */
  readonly truncated?: string;
}

/** The fields of JSON services that have no names of their own. */
const tokens = { parameter: "NextToken", next: ["NextToken"] };
const markers = { parameter: "Marker", next: ["NextMarker"] };

/** The list operations that our commands call. Any other is served as it is. */
const operations: Readonly<Record<string, ListOperation>> = {
  DescribeParameters: { ...tokens, items: "Parameters" },
  DescribeResourcePolicies: { parameter: "nextToken", next: ["nextToken"], items: "resourcePolicies" },
  DescribeVpcs: { parameter: "NextToken", next: ["nextToken"], items: "vpcSet", element: "item" },
  ListCertificates: { ...tokens, items: "CertificateSummaryList" },
  ListDeployments: { parameter: "nextToken", next: ["nextToken"], items: "deployments" },
  ListHostedZones: {
    request: /^GET \/2013-04-01\/hostedzone\b/,
    parameter: "marker",
    items: "HostedZones",
    element: "HostedZone",
    next: ["NextMarker"],
    truncated: "IsTruncated",
  },
  ListKeys: { ...markers, items: "Keys", truncated: "Truncated" },
  ListMultipartUploads: {
    request: /^GET \/[^/]+\/?\?(.*&)?uploads\b/,
    parameter: "key-marker",
    items: "ListMultipartUploadsResult",
    element: "Upload",
    next: ["NextKeyMarker", "NextUploadIdMarker"],
    truncated: "IsTruncated",
  },
  ListObjectsV2: {
    request: /^GET \/[^/]+\/?\?(.*&)?list-type=2\b/,
    parameter: "continuation-token",
    items: "ListBucketResult",
    element: "Contents",
    next: ["NextContinuationToken"],
    truncated: "IsTruncated",
  },
  ListResourceTags: { ...markers, items: "Tags", truncated: "Truncated" },
  ListSubscriptionsByTopic: { ...tokens, items: "Subscriptions", element: "member" },
  ListVersionsByFunction: { request: /^GET \/2015-03-31\/functions\/[^/]+\/versions\b/, ...markers, items: "Versions" },
};

/** A request to AWS, in any of its protocols. */
export interface AwsRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** The header `x-amz-target`. */
  readonly target: string | undefined;
  readonly body: string;
}

/** Names of the operations of which {@link servePage} has served an empty page with another one behind it. */
export const pagedOperations = new Set<string>();

/**
 * Serves a list in pages as AWS may: the first one is empty, and the others have one item each.
 *
 * @param getAll the response to the request without its token, which contains the whole list
 */
export async function servePage<Response extends { readonly status: number; readonly body: string | Uint8Array }>(
  request: AwsRequest,
  getAll: (request: AwsRequest) => Promise<Response>,
): Promise<Response> {
  const name = findOperation(request);
  const operation = name === undefined ? undefined : operations[name];
  if (!operation) return getAll(request);
  const { token, ...first } = takeToken(request, operation.parameter);
  const whole = await getAll({ ...request, ...first });
  if (whole.status >= 300) return whole;
  const page = (operation.element === undefined ? pageJson : pageXml)(`${whole.body}`, operation, token);
  if (token === undefined && page.hasNext) pagedOperations.add(name!);
  return { ...whole, body: page.body };
}

function findOperation({ method, path, target, body }: AwsRequest): string | undefined {
  const named = target?.split(".")[1] ?? new URLSearchParams(body).get("Action");
  if (named) return named;
  return Object.keys(operations).find((name) => operations[name]!.request?.test(`${method} ${path}`));
}

/** Separates the token from the rest of a request. */
function takeToken({ path, target, body }: AwsRequest, parameter: string) {
  if (target) {
    const { [parameter]: token, ...rest } = JSON.parse(body);
    return { token: token as string | undefined, path, body: JSON.stringify(rest) };
  }
  const [pathname, query = ""] = path.split("?");
  const take = (text: string): [token: string | undefined, rest: string] => {
    const parameters = new URLSearchParams(text);
    const token = parameters.get(parameter) ?? undefined;
    parameters.delete(parameter);
    return [token, token === undefined ? text : `${parameters}`];
  };
  const [[inQuery, restOfQuery], [inBody, restOfBody]] = [take(query), take(body)];
  return { token: inQuery ?? inBody, path: `${pathname}${restOfQuery && `?${restOfQuery}`}`, body: restOfBody };
}

interface Page {
  readonly body: string;
  readonly hasNext: boolean;
}

/** The items of a page, and the token of the next one: the number of its item. */
function slice<Item>(all: readonly Item[], token: string | undefined) {
  const number = token === undefined ? -1 : Number(token);
  return {
    items: all.slice(Math.max(0, number), number + 1),
    next: number + 1 < all.length ? `${number + 1}` : undefined,
  };
}

function pageJson(whole: string, { items: field, next: fields, truncated }: ListOperation, token?: string): Page {
  const body = JSON.parse(whole);
  if (fields.some((each) => body[each])) throw new Error(`The whole list of ${field} has another page`);
  const { items, next } = slice(body[field] ?? [], token);
  const named = next && Object.fromEntries(fields.map((each) => [each, next]));
  const flag = truncated && { [truncated]: next !== undefined };
  return { body: JSON.stringify({ ...body, [field]: items, ...flag, ...named }), hasNext: next !== undefined };
}

function pageXml(whole: string, operation: ListOperation, token?: string): Page {
  const { items: around, element, next: fields, truncated } = operation;
  const replaced = [...fields, ...(truncated ? [truncated] : [])].join("|");
  const bare = whole.replaceAll(new RegExp(`<(${replaced})>[^<]*</\\1>`, "g"), "");
  const [, before, list, after] = new RegExp(`^(.*<${around}(?: [^>]*)?>)(.*)(</${around}>.*)$`, "s").exec(bare) ?? [];
  // An empty list may be an empty element.
  if (list === undefined) return { body: whole, hasNext: false };
  const children = splitChildren(list);
  const isItem = (child: string) => child.startsWith(`<${element}>`);
  const { items, next } = slice(children.filter(isItem), token);
  const named = next ? fields.map((name) => `<${name}>${next}</${name}>`) : [];
  const flag = truncated ? [`<${truncated}>${next !== undefined}</${truncated}>`] : [];
  const inner = [...children.filter((child) => !isItem(child)), ...items].join("");
  const fieldsOfPage = [...named, ...flag].join("");
  // The fields are in the list if it is the whole response, and behind it otherwise.
  const end = after!.trim() === `</${around}>` ? fieldsOfPage + after : after!.replace(/>/, `>${fieldsOfPage}`);
  return { body: before + inner + end, hasNext: next !== undefined };
}

/** The elements directly below the root of a piece of XML, without the white space between them. */
function splitChildren(xml: string): string[] {
  const children: string[] = [];
  let [depth, begin] = [0, 0];
  for (const { 0: tag, index } of xml.matchAll(/<[^>]+>/g)) {
    if (depth === 0) begin = index;
    if (tag.startsWith("</")) depth--;
    else if (!tag.endsWith("/>")) depth++;
    if (depth === 0) children.push(xml.slice(begin, index + tag.length));
  }
  return children;
}
