// Runs npm's oidc-provider on a loopback port: node oidc_provider.mjs NODE_MODULES CLIENTS
// Prints its port when it is up. CLIENTS is a JSON list of client metadata.
import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, clients] = process.argv.slice(2);
const { default: Provider } = await import(pathToFileURL(join(modules, 'oidc-provider', 'lib', 'index.js')));

const keys = [
  ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['PS256', generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ['EdDSA', generateKeyPairSync('ed25519')],
].map(([alg, pair]) => ({ ...pair.privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: `key-${alg}` }));

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    clients: JSON.parse(clients),
    jwks: { keys },
    scopes: ['openid', 'offline_access', 'fhirUser', 'launch/patient', 'patient/Patient.rs', 'system/Patient.rs'],
    claims: { openid: ['sub'], fhirUser: ['fhirUser'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['a-key-of-the-tests'], long: { sameSite: 'none' } },
    pkce: { required: () => true },
    // By OpenID Connect, 11, offline_access is left out where the app does not ask for the user's consent anew.
    issueRefreshToken: async (context, client) => client.grantTypeAllowed('refresh_token'),
    enableHttpPostMethods: true,
    findAccount: (context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, fhirUser: `Practitioner/${id}` }),
    }),
    enabledJWA: {
      clientAuthSigningAlgValues: ['RS384', 'ES384'],
      idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    },
    features: {
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true, allowedPolicy: () => true },
    },
  });
  server.on('request', provider.callback());
  console.log(port);
});
