// stock-widget shows how many pieces of an article are left. Its test writes
// the contract with stock-api into PACT_DIR.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MatchersV3, PactV4 } from '@pact-foundation/pact';

const pact = new PactV4({ consumer: 'stock-widget', provider: 'stock-api', dir: process.env.PACT_DIR, logLevel: 'error' });

async function left(baseURL, article) {
  const response = await fetch(`${baseURL}/stock/${article}`, { headers: { Accept: 'application/json' } });
  return (await response.json()).left;
}

test('shows how many are left', async () => {
  await pact
    .addInteraction()
    .given('7 lamps are left')
    .uponReceiving('a request for the stock of lamps')
    .withRequest('GET', '/stock/lamp', (request) => request.headers({ Accept: 'application/json' }))
    .willRespondWith(200, (response) => response.jsonBody({ article: 'lamp', left: MatchersV3.integer(7) }))
    .executeTest(async (server) => assert.equal(await left(server.url, 'lamp'), 7));
});
