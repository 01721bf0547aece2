// node --test first-test.mjs
// Node 18 or newer; no packages.

import assert from 'node:assert/strict';
import { test } from 'node:test';

const NAMESPACE = 'http://www.superoffice.net/ws/crm/NetServer/Services88';

// Your application. Only its base URL is another one.
async function sendCode(baseUrl, to, code) {
  const answer = await fetch(`${baseUrl}/Remote/Services88/Messaging.svc`, {
    method: 'POST',
    headers: { 'Content-Type': 'text/xml; charset=utf-8', SOAPAction: `"${NAMESPACE}/Messaging/SendMessages"` },
    body: `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
      <SendMessages xmlns="${NAMESPACE}"><OutgoingMessages>
        <OutgoingMessage><To>${to}</To><Content>Your code is ${code}</Content></OutgoingMessage>
      </OutgoingMessages></SendMessages>
    </s:Body></s:Envelope>`,
  });
  assert.equal(answer.status, 200);
  return Number((await answer.text()).match(/<MessagingId>(\d+)</)[1]);
}

const double = process.env.MESSAGING_DOUBLE_URL ?? 'http://127.0.0.1:8080';
const tenant = `${double}/_mock/v1/tenants/Cust12345`;

// The control API of the double.
async function ask(what, body) {
  try {
    return await fetch(`${tenant}/${what}`, { method: 'POST', body: JSON.stringify(body) });
  } catch (error) {
    throw new Error(`No double answers at ${double}: start one with messaging-double serve`, { cause: error });
  }
}

async function verify(expectation) {
  const answer = await ask('verify', expectation);
  const report = await answer.json();
  assert.ok(answer.ok, report.text ?? `${report.error}: ${report.hint}`);
}

test('a code is sent', async () => {
  await ask('reset');

  await sendCode(`${double}/Cust12345`, '+447700900001', '4711');

  await verify({ match: { to: '+447700900001', content: { contains: '4711' } }, count: 1, within: '5s' });
});
