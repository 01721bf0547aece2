// Logs in by openid-client, which finds everything by the discovery document and checks the id_token; calls with the
// refreshed token, and prints what it got. Usage: node openid.cjs URL CLIENT_ID CLIENT_SECRET METHOD RESPONSE_MODE
const { pathToFileURL } = require("node:url");

const [, , url, id, secret, method, mode] = process.argv;

/** Does what a browser does with the answer: follows a redirect, or posts the form. */
async function followed(answer) {
  if (answer.status === 302) return new URL(answer.headers.get("location"));
  const page = await answer.text();
  const fields = [...page.matchAll(/name="(.*?)" value="(.*?)"/g)].map(([, name, value]) => [name, value]);
  return new Request(page.match(/action="(.*?)"/)[1], { method: "POST", body: new URLSearchParams(fields) });
}

async function main() {
  const client = await import(pathToFileURL(require.resolve("openid-client")));
  const options = { execute: [client.allowInsecureRequests] };
  const discovery = new URL(`${url}/login/.well-known/openid-configuration`);
  const configuration = await client.discovery(discovery, id, undefined, client[method](secret), options);
  const [state, nonce, verifier] = [client.randomState(), client.randomNonce(), client.randomPKCECodeVerifier()];
  const asked = client.buildAuthorizationUrl(configuration, {
    redirect_uri: "http://127.0.0.1:1/callback",
    scope: "openid",
    acr_values: "tenant:Cust12345",
    response_mode: mode,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
  });
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce };
  const callback = await followed(await fetch(asked, { redirect: "manual" }));
  const first = await client.authorizationCodeGrant(configuration, callback, checks);
  const second = await client.refreshTokenGrant(configuration, first.refresh_token);
  const plugins = `${url}/Cust12345/api/v1/Agents/Messaging/GetPlugins`;
  const answer = await client.fetchProtectedResource(configuration, second.access_token, new URL(plugins), "POST");
  const refreshed = first.access_token !== second.access_token;
  return { audience: first.claims().aud, refreshed, status: answer.status };
}

main().then(
  (result) => console.log(JSON.stringify(result)),
  (error) => console.log(JSON.stringify({ error: `${error}`, cause: `${error.cause}` })),
);
