// SPDX-License-Identifier: MIT
// Verifies access tokens as a strict client would. Reads {"keys": URL, "tokens": [{"token", "audience"}]} from standard
// input; writes [{"header", "claims"} or {"code"}], in order.
import { createRemoteJWKSet, jwtVerify } from 'jose';

async function readInput() {
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  return JSON.parse(text);
}

async function judge(keys, { token, audience }) {
  const options = {
    issuer: 'sso-svc',
    audience,
    algorithms: ['ES256'],
    typ: 'at+jwt',
    requiredClaims: ['sub', 'iat', 'exp', 'jti'],
  };
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys, options);
    return { header: protectedHeader, claims: payload };
  } catch (error) {
    return { code: error.code ?? String(error) };
  }
}

const { keys, tokens } = await readInput();
const set = createRemoteJWKSet(new URL(keys));
const verdicts = [];
for (const each of tokens) verdicts.push(await judge(set, each));
process.stdout.write(JSON.stringify(verdicts));
