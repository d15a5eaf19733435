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

/** Whole lists by number: the pages of a list do not change while it is read. */
const wholes: unknown[] = [];

/**
 * Serves a list in pages as AWS may: the first one is empty, and the others have one item each.
 * @param getAll the response with the whole list
 */
export async function servePage<Response extends { readonly status: number; readonly body: string | Uint8Array }>(
  request: AwsRequest,
  getAll: () => Promise<Response>,
): Promise<Response> {
  const operation = findOperation(request);
  if (!operation) return getAll();
  const token = findToken(request, operation.parameter);
  const first = token === undefined ? await getAll() : undefined;
  if (first && first.status >= 300) return first;
  const [list, item] = token?.split(".").map(Number) ?? [wholes.push(first) - 1, -1];
  const whole = wholes[list!] as Response;
  const toPage = operation.element === undefined ? pageJson : pageXml;
  return { ...whole, body: toPage(`${whole.body}`, operation, { item: item!, next: `${list}.${item! + 1}` }) };
}

function findOperation({ method, path, target, body }: AwsRequest): ListOperation | undefined {
  const name = target?.split(".")[1] ?? (method === "POST" && new URLSearchParams(body).get("Action"));
  if (name) return operations[name];
  return Object.values(operations).find(({ request }) => request?.test(`${method} ${path}`));
}

function findToken({ path, target, body }: AwsRequest, parameter: string): string | undefined {
  if (target) return JSON.parse(body)[parameter];
  const [, query] = path.split("?");
  return new URLSearchParams(query).get(parameter) ?? new URLSearchParams(body).get(parameter) ?? undefined;
}

interface Page {
  /** Number of its item; -1 for none. */
  readonly item: number;
  /** Token of the next page, if there is one. */
  readonly next: string;
}

const slice = <Item>(all: readonly Item[], { item, next }: Page) => ({
  items: all.slice(Math.max(0, item), item + 1),
  next: item + 1 < all.length ? next : undefined,
});

function pageJson(whole: string, { items: field, next: fields, truncated }: ListOperation, page: Page): string {
  const body = JSON.parse(whole);
  const { items, next } = slice(body[field] ?? [], page);
  const named = Object.fromEntries(fields.map((each) => [each, next]));
  return JSON.stringify({ ...body, [field]: items, ...named, ...(truncated && { [truncated]: next !== undefined }) });
}

function pageXml(
  whole: string,
  { items: around, element, next: fields, truncated }: ListOperation,
  page: Page,
): string {
  const replaced = [...fields, ...(truncated ? [truncated] : [])].join("|");
  const bare = whole.replaceAll(new RegExp(`<(${replaced})>[^<]*</\\1>`, "g"), "");
  const [, before, list, after] = new RegExp(`^(.*<${around}(?: [^>]*)?>)(.*)(</${around}>.*)$`, "s").exec(bare) ?? [];
  // An empty list may be an empty element.
  if (list === undefined) return whole;
  const children = splitChildren(list);
  const isItem = (child: string) => child.startsWith(`<${element}>`);
  const { items, next } = slice(children.filter(isItem), page);
  const named = next ? fields.map((name) => `<${name}>${next}</${name}>`) : [];
  const flag = truncated ? [`<${truncated}>${next !== undefined}</${truncated}>`] : [];
  const added = [...named, ...flag].join("");
  // They are in the list if it is the whole response, and behind it otherwise.
  const end = after!.trim() === `</${around}>` ? added + after : after!.replace(">", `>${added}`);
  return before + children.filter((child) => !isItem(child)).join("") + items.join("") + end;
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
