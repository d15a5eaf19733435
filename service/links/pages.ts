import { productName } from "../company.ts";
import { type LinkAction, toAppLink } from "../contract.ts";
import { escapeHtml } from "../platform/html.ts";
import { type FieldError, type Problem, problems } from "../platform/problems.ts";
import type { Page } from "./page.ts";

/** The names of the forms' fields. */
export const fields = { token: "token", password: "new_password", repeated: "new_password_repeated" } as const;

/** What a page says besides its form. */
interface FormOptions {
  /** Why the form is shown again. */
  alert?: string;
  /** What is wrong with each field, by its name. */
  errors?: Readonly<Record<string, string>>;
}

/** The words of each page. */
const texts = {
  "reset-password": {
    title: "Choose a new password",
    done: {
      title: "Your password is changed",
      body: `<p>All your devices are logged out. Open the ${productName} app, and log in with the new password.</p>`,
    },
    again:
      `Open the ${productName} app, choose <strong>Forgot password?</strong> at the login, and follow the link in the new mail. ` +
      "A link works once, and for 15 minutes.",
  },
  "confirm-email": {
    title: "Confirm your address",
    done: {
      title: "Your address is confirmed",
      body: `<p>You can close this page, and continue in the ${productName} app.</p>`,
    },
    again:
      `If the app says that your address is confirmed, there is nothing to do. Otherwise open your profile in the ${productName} app, ` +
      "request another mail, and follow the link in it. A link works once, and for 24 hours.",
  },
} as const satisfies Record<LinkAction, unknown>;

/** The page that a link opens. It is the same for each token: nothing is looked up before the form is sent. */
export function formPage(action: LinkAction, token: string, { alert, errors = {} }: FormOptions = {}): Page {
  const { title } = texts[action];
  const isError = alert !== undefined || Object.keys(errors).length > 0;
  // A relative address: below the URL of a preview, paths begin with its stage.
  const form = `<form method="post" action="${action}">
<input type="hidden" name="${fields.token}" value="${escapeHtml(token)}">
${action === "reset-password" ? toPasswordFields(errors) : "<p>Press the button, so that we know that this address is yours.</p>"}
<button>${action === "reset-password" ? "Change password" : "Confirm address"}</button>
</form>`;
  const app = `<a class="button" href="${escapeHtml(toAppLink(action, token))}">Continue in the ${productName} app</a>`;
  return {
    title,
    isError,
    body: `${alert === undefined ? "" : `<p class="error alert" role="alert">${alert}</p>\n`}${form}\n${app}`,
  };
}

/** OWASP's Forgot Password Cheat Sheet asks for the password twice: without scripts, no one can look at it. */
const toPasswordFields = (errors: Readonly<Record<string, string>>): string =>
  [
    {
      name: fields.password,
      label: "New password",
      hint: "At least 8 characters. Several words are easy to remember.",
    },
    { name: fields.repeated, label: "The same again", hint: undefined },
  ]
    .map(({ name, label, hint }) => {
      const error = errors[name];
      const notes = [
        ...(hint ? [`<p class="hint" id="${name}-hint">${hint}</p>`] : []),
        ...(error ? [`<p class="error" id="${name}-error">${error}</p>`] : []),
      ];
      const ids = [...(hint ? [`${name}-hint`] : []), ...(error ? [`${name}-error`] : [])];
      return [
        `<label for="${name}">${label}</label>`,
        ...notes,
        `<input type="password" id="${name}" name="${name}" autocomplete="new-password" required` +
          `${ids.length > 0 ? ` aria-describedby="${ids.join(" ")}"` : ""}${error ? ' aria-invalid="true"' : ""}>`,
      ].join("\n");
    })
    .join("\n");

/** The page after success. */
export const donePage = (action: LinkAction): Page => texts[action].done;

/** The page for a link without a token, or with one that cannot be whole. */
export const incompletePage = (action: LinkAction): Page => ({
  title: "This link is incomplete",
  isError: true,
  body: `<p>Some mail programs cut links at the end of a line. Copy the whole link from the mail into the address bar.</p>
<p>If that does not help, request another. ${texts[action].again}</p>`,
});

const typeOf = (make: () => Problem) => make().type;
const types = {
  invalidLink: typeOf(problems.invalidLink),
  emailTaken: typeOf(problems.emailTaken),
  invalidBody: typeOf(() => problems.invalidBody([])),
  commonPassword: typeOf(() => problems.commonPassword("")),
};

/**
 * The page for a problem with a form that was sent. It has the form again, without passwords, where sending it again may help.
 * @param requestId leads to the line in the log
 */
export function failedFormPage(action: LinkAction, token: string, problem: Problem, requestId: string): Page {
  const { type, status } = problem;
  if (type === types.invalidLink) {
    return { title: "This link is no longer valid", isError: true, body: `<p>${texts[action].again}</p>` };
  }
  if (type === types.emailTaken) {
    return {
      title: "This address belongs to another account",
      isError: true,
      body: `<p>Another account has this address by now. Your account keeps its old address. Log in to the other account, or change to another address in the ${productName} app.</p>`,
    };
  }
  if (type === types.invalidBody || type === types.commonPassword) {
    return formPage(action, token, { errors: toFieldErrors(problem.errors as FieldError[]) });
  }
  if (status === 429) return formPage(action, token, { alert: `Too many attempts. ${toWait(problem)}` });
  if (status === 503) {
    return formPage(action, token, { alert: `${productName} does not respond at the moment. ${toWait(problem)}` });
  }
  return problemPage(problem, requestId);
}

/** The service's words are the end of a sentence: `has fewer than 8 characters`. */
const toFieldErrors = (errors: readonly FieldError[]): Record<string, string> =>
  Object.fromEntries(errors.map(({ pointer, detail }) => [pointer.slice(1), `The password ${escapeHtml(detail)}.`]));

/** When to send a form again, from `Retry-After`. */
function toWait({ headers }: Problem): string {
  const seconds = Number(headers["Retry-After"] ?? 0);
  const time = seconds > 60 ? `${Math.ceil(seconds / 60)} minutes` : "a minute";
  return `Wait ${time}, then send the form again.`;
}

/** The page for any other problem. */
export function problemPage({ status }: Problem, requestId: string): Page {
  const reference = `<p>Reference: ${escapeHtml(requestId)}</p>`;
  if (status === 404) {
    return {
      title: "There is nothing here",
      isError: true,
      body: "<p>Check the address, or copy it from the mail again.</p>",
    };
  }
  if (status >= 500) {
    return {
      title: "That did not work",
      isError: true,
      body: `<p>${productName} failed on this request. Follow the link in the mail again in a few minutes.</p>\n${reference}`,
    };
  }
  return {
    title: "That did not work",
    isError: true,
    body: `<p>The request could not be read. Follow the link in the mail again.</p>\n${reference}`,
  };
}
