// The API reference: the viewer over the documents that the sandbox serves.
// What is tried out goes to this sandbox, whatever server a document names.

const nav = document.getElementById("documents");
const asked = new URLSearchParams(location.search).get("document");

const health = await (await fetch("/_sandbox/v1/health")).json();
const documents = [...health.fakes.map((name) => [name, `/_sandbox/v1/openapi/${name}.yaml`]), ["sandbox", "/_sandbox/v1/openapi.yaml"]];
const [name, url] = documents.find(([name]) => name === asked) ?? documents[0];

for (const [other] of documents) {
  const a = document.createElement("a");
  a.href = "?document=" + other;
  a.textContent = other;
  if (other === name) a.setAttribute("aria-current", "page");
  nav.append(a);
}
document.title = `${name} · API · Encore Sandbox`;

// Credentials that this sandbox takes, so that an operation can be tried at once.
function authorize() {
  const schemes = ui.specSelectors.specJson().toJS().components?.securitySchemes ?? {};
  for (const [id, scheme] of Object.entries(schemes)) {
    if (scheme.scheme === "basic") ui.authActions.authorize({ [id]: { name: id, schema: scheme, value: { username: "sandbox", password: "" } } });
    else ui.preauthorizeApiKey(id, name === "encore" ? "pk_test_sandbox" : name === "meta" ? "EAAsandbox" : "sandbox");
  }
}

const ui = SwaggerUIBundle({
  url,
  onComplete: authorize,
  domNode: document.getElementById("viewer"),
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  validatorUrl: null,
  requestInterceptor(request) {
    const to = new URL(request.url, location.origin);
    request.url = location.origin + to.pathname + to.search;
    return request;
  },
});
