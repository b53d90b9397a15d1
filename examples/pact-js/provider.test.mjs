// stock-api verifies the contracts that the broker names, and publishes the
// results under VERSION, BRANCH and TAGS (separated by commas).
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { Verifier } from '@pact-foundation/pact';

const stock = new Map();

const server = createServer((request, response) => {
  const article = request.url.replace('/stock/', '');
  response.statusCode = stock.has(article) ? 200 : 404;
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ article, left: stock.get(article) ?? 0 }));
});

test('keeps its contracts', async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const output = await new Verifier({
      provider: 'stock-api',
      providerBaseUrl: `http://127.0.0.1:${server.address().port}`,
      stateHandlers: { '7 lamps are left': () => stock.set('lamp', 7) },
      pactBrokerUrl: process.env.PACT_BROKER_BASE_URL,
      // The verifier refuses a token that is not there.
      ...(process.env.PACT_BROKER_TOKEN && { pactBrokerToken: process.env.PACT_BROKER_TOKEN }),
      consumerVersionSelectors: [{ mainBranch: true }, { matchingBranch: true }, { deployedOrReleased: true }],
      enablePending: true,
      includeWipPactsSince: '2024-01-01',
      failIfNoPactsFound: true,
      publishVerificationResult: true,
      providerVersion: process.env.VERSION,
      providerVersionBranch: process.env.BRANCH,
      providerVersionTags: process.env.TAGS.split(','),
      logLevel: 'error',
    }).verifyProvider();
    assert.ok(output);
  } finally {
    server.close();
  }
});
