/**
 * Options of Swagger UI for `/docs` on a developer's machine: they fill in the API key, and what responses contain. The browser runs
 * this script before the page starts Swagger UI as `ui`. Nothing is kept longer than the page.
 */
globalThis.fillIn = (() => {
  const { apiKey } = document.currentScript.dataset;
  /** Each page registers its own user: that of another page exists already. */
  const user = Date.now().toString(36);
  let isLoaded = false;

  function setBody(path, body) {
    const pathMethod = [path, "post"];
    ui.oas3Actions.setRequestBodyValue({ pathMethod, value: JSON.stringify(body, undefined, 2) });
    // Otherwise the example replaces it when the operation is expanded.
    ui.oas3Actions.setRetainRequestBodyValueFlag({ pathMethod, value: true });
  }

  function setParameter(path, method, name, value) {
    const parameters = ui.specSelectors.specJsonWithResolvedSubtrees().getIn(["paths", path, method, "parameters"]);
    const parameter = parameters.find((each) => each.get("name") === name);
    ui.specActions.changeParamByIdentity([path, method], parameter, value, false);
  }

  function fillInTokens({ access_token, refresh_token }) {
    ui.preauthorizeApiKey("accessToken", access_token);
    for (const path of ["/v1/auth/refresh", "/v1/auth/logout"]) setBody(path, { refresh_token });
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
    onComplete: () => ui.preauthorizeApiKey("apiKey", apiKey),
    responseInterceptor(response) {
      const { pathname } = new URL(response.url);
      if (!isLoaded) {
        isLoaded = true;
        response.text = response.text.replaceAll("@example.com", `.${user}@example.com`);
      } else if (response.ok && response.body) {
        const { body, headers } = response;
        if (body.access_token) fillInTokens(body);
        if (pathname === "/v1/sessions") fillInSession(body.sessions);
        if (pathname.startsWith("/v1/activities")) fillInActivity(body, headers.etag);
      }
      return response;
    },
  };
})();
