// npm openid-client as its documentation shows it, with the signature of the id token checked:
// discovery, code with PKCE, state and nonce, the patient, a refresh, the patient again.
// Arguments: folder of node_modules, FHIR base, client id, redirect address, how many launches one after the other.
// For each it writes the authorize address and reads where the browser came back to; then it writes "done", or the step
// and what is wrong.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [, , modules, base, clientId, redirectUri, launches] = process.argv;
const client = await import(pathToFileURL(`${modules}/openid-client/build/index.js`).href);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

let step = "discovery";
const say = text => process.stdout.write(text.replaceAll("\n", " ") + "\n");
const tell = error => [error.error, error.error_description, error.message, error.cause?.message]
  .filter(Boolean).filter((text, at, all) => all.indexOf(text) === at).join(": ");

try {
  const document = new URL(`${base}/.well-known/smart-configuration`);
  const config = await client.discovery(document, clientId, { token_endpoint_auth_method: "none" }, client.None(), {
    execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks], timeout: 2,
  });
  for (let count = Number(launches); count > 0; count--) await launch(config);
  say("done");
} catch (error) {
  say(`${step}: ${tell(error)}`);
}
process.exit(0);

async function launch(config) {
  const verifier = client.randomPKCECodeVerifier(), state = client.randomState(), nonce = client.randomNonce();
  if (!config.serverMetadata().supportsPKCE()) throw new Error("the server does not support PKCE");
  const address = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri, scope: "openid fhirUser offline_access launch/patient patient/Patient.rs", aud: base,
    code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256", state, nonce,
  });
  say(address.href);
  const back = (await lines.next()).value;
  step = "return";
  let tokens = await client.authorizationCodeGrant(config, new URL(back), {
    pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true,
  });
  const read = async () => {
    const response = await client.fetchProtectedResource(
      config, tokens.access_token, new URL(`${base}/Patient/${patient}`), "GET");
    if (!response.ok) throw new Error(`answer ${response.status}`);
    await response.json();
  };
  step = "patient";
  const patient = tokens.patient;
  if (!patient) throw new Error("no patient is known");
  await read();
  step = "refresh";
  if (!tokens.refresh_token) throw new Error("it has no refresh token");
  tokens = await client.refreshTokenGrant(config, tokens.refresh_token);
  step = "read again";
  await read();
}
