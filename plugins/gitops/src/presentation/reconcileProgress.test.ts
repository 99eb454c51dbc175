import { resourceDocument } from '../__testUtils__/projectDocument';
import { reconcileProgress } from './reconcileProgress';

const token = '2026-01-01T00:00:00Z';
const request = { token, askedAt: 0 };

describe('reconcileProgress', () => {
  it.each([
    ['requested', 0, {}],
    ['requested', 44_000, { handledRequest: 'an earlier one' }],
    ['unproven', 46_000, { handledRequest: 'an earlier one' }],
    ['requested', 120_000, { attributes: { requested: token } }],
    ['working', 120_000, { status: 'reconciling' }],
    ['working', 0, { status: 'reconciling', handledRequest: token }],
    ['working', 0, { status: 'unknown', handledRequest: token }],
    ['unproven', 601_000, { status: 'reconciling' }],
    ['ended', 0, { handledRequest: token }],
    ['ended', 601_000, { status: 'failed', handledRequest: token }],
    ['ended', 0, { status: 'stalled', handledRequest: token }],
  ] as const)('is %s after %d ms with %j', (expected, now, overrides) => {
    expect(
      reconcileProgress(request, resourceDocument({ ...overrides }), now),
    ).toBe(expected);
  });
});
