/**
 * Options of Swagger UI for `/docs` on a developer's machine: they fill in the API key, and what requests and responses contain. The
 * browser runs this script before the page starts Swagger UI as `ui`. Its tab keeps the last login and its tokens over a reload.
 */
globalThis.fillIn = (() => {
  const { apiKey } = document.currentScript.dataset;
  const storageKey = "fillIn";
  const kept = JSON.parse(sessionStorage.getItem(storageKey)) ?? {};
  let isLoaded = false;

  /** What queues a mail with a link. */
  const mailing = ["/v1/auth/register", "/v1/auth/password-reset", "/v1/auth/email", "/v1/auth/email/verification"];

  function keep(name, value) {
    kept[name] = value;
    sessionStorage.setItem(storageKey, JSON.stringify(kept));
  }

  function setBody(path, body, method = "post") {
    const pathMethod = [path, method];
    ui.oas3Actions.setRequestBodyValue({ pathMethod, value: JSON.stringify(body, undefined, 2) });
    // Otherwise the example replaces it when the operation is expanded.
    ui.oas3Actions.setRetainRequestBodyValueFlag({ pathMethod, value: true });
  }

  /** @returns undefined before the first request of the operation on this page */
  const getSentText = (path, method = "post") => ui.specSelectors.mutatedRequestFor(path, method)?.get("body");

  const getSentBody = (path, method) => JSON.parse(getSentText(path, method));

  function setParameter(path, method, name, value) {
    const parameters = ui.specSelectors.specJsonWithResolvedSubtrees().getIn(["paths", path, method, "parameters"]);
    const parameter = parameters.find((each) => each.get("name") === name);
    ui.specActions.changeParamByIdentity([path, method], parameter, value, false);
  }

  /** Makes e-mail addresses and ids of examples unique: a second user with the same address, or a deleted id, is refused. */
  function renew(text) {
    const now = Date.now();
    return text
      .replaceAll(/(\w+)(\.\w+)?@example\.com/g, `$1.${now.toString(36)}@example.com`)
      .replaceAll(/(\w{8}-\w{4}-4\w{3}-\w{4}-)\w{12}/g, `$1${now.toString(16).padStart(12, "0")}`);
  }

  function renewBody(path) {
    const text = getSentText(path);
    if (text) setBody(path, JSON.parse(renew(text)));
  }

  function fillInLogin({ email, password, device }) {
    keep("login", { email, password, device });
    setBody("/v1/auth/login", kept.login);
    setBody("/v1/auth/password", { current_password: password, new_password: `${password}!` }, "put");
    setBody("/v1/auth/password-reset", { email });
    setBody(
      "/v1/auth/email",
      { new_email: renew(email.replace(/@.*/, "@example.com")), current_password: password },
      "put",
    );
  }

  function fillInTokens({ access_token, refresh_token }) {
    keep("tokens", { access_token, refresh_token });
    ui.preauthorizeApiKey("accessToken", access_token);
    for (const path of ["/v1/auth/refresh", "/v1/auth/logout"]) setBody(path, { refresh_token });
  }

  /** A reset has ended all sessions. */
  async function openSession() {
    const headers = { "X-Api-Key": apiKey, "Content-Type": "application/json" };
    const response = await fetch("/v1/auth/login", { method: "POST", headers, body: JSON.stringify(kept.login) });
    if (response.ok) fillInTokens(await response.json());
  }

  /** The tokens of the newest mails, which the local server keeps. */
  async function fillInLinks() {
    const mails = await (await fetch("/mails.json")).json();
    const getToken = ({ link }) => new URL(link).searchParams.get("token");
    const reset = mails.find(({ kind }) => kind === "password-reset");
    const confirmation = mails.find(({ kind }) => ["email-verification", "email-change"].includes(kind));
    if (reset && kept.login) {
      const body = { token: getToken(reset), new_password: `${kept.login.password}!` };
      setBody("/v1/auth/password-reset/confirm", body);
    }
    if (!confirmation) return;
    setBody("/v1/auth/email/confirm", { token: getToken(confirmation) });
    keep("confirmation", { kind: confirmation.kind, email: confirmation.to });
  }

  /** Not the page's own session, if there is another one. */
  function fillInSession(sessions) {
    const { id } = sessions.find(({ current }) => !current) ?? sessions[0];
    setParameter("/v1/sessions/{id}", "delete", "id", id);
  }

  function fillInActivity({ results, activities, id = (results ?? activities)?.[0]?.id }, etag) {
    const path = "/v1/activities/{id}";
    if (id) for (const method of ["get", "patch", "delete"]) setParameter(path, method, "id", id);
    if (etag) setParameter(path, "patch", "If-Match", etag);
  }

  return {
    onComplete() {
      ui.preauthorizeApiKey("apiKey", apiKey);
      if (kept.login) {
        fillInLogin(kept.login);
        fillInLinks();
      }
      if (kept.tokens) fillInTokens(kept.tokens);
    },
    async responseInterceptor(response) {
      const { pathname } = new URL(response.url);
      if (!isLoaded) {
        isLoaded = true;
        response.text = renew(response.text);
      } else if (response.ok) {
        const { headers, status } = response;
        const body = response.body || {};
        if (body.access_token) fillInTokens(body);
        if (["/v1/auth/register", "/v1/auth/login"].includes(pathname)) fillInLogin(getSentBody(pathname));
        if (pathname === "/v1/auth/register") renewBody(pathname);
        if (pathname === "/v1/auth/password" && kept.login) {
          fillInLogin({ ...kept.login, password: getSentBody(pathname, "put").new_password });
        }
        if (pathname === "/v1/auth/password-reset/confirm" && kept.login) {
          fillInLogin({ ...kept.login, password: getSentBody(pathname).new_password });
          await openSession();
        }
        if (pathname === "/v1/auth/email/confirm" && kept.login && kept.confirmation?.kind === "email-change") {
          fillInLogin({ ...kept.login, email: kept.confirmation.email });
        }
        if (mailing.includes(pathname)) await fillInLinks();
        if (pathname === "/v1/sessions" && body.sessions) fillInSession(body.sessions);
        if (pathname.startsWith("/v1/activities")) fillInActivity(body, headers.etag);
        if (pathname.startsWith("/v1/activities/") && status === 204) renewBody("/v1/activities");
      }
      return response;
    },
  };
})();
