// Validates a JSON Web Token by the key set that the discovery document names, and prints header and claims.
// Usage: node jwt.cjs DISCOVERY_URL TOKEN ISSUER AUDIENCE
const jose = require("jose");

const [, , discovery, token, issuer, audience] = process.argv;

(async () => {
  const configuration = await (await fetch(discovery)).json();
  const keys = jose.createRemoteJWKSet(new URL(configuration.jwks_uri));
  const { payload, protectedHeader } = await jose.jwtVerify(token, keys, { issuer, audience, algorithms: ["RS256"] });
  console.log(JSON.stringify({ payload, header: protectedHeader }));
})().catch((error) => console.log(JSON.stringify({ error: error.code ?? `${error}` })));
