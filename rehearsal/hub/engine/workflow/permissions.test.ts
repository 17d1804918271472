import { excess } from './permissions.ts';

test('only what exceeds the caller is reported', () => {
  expect(
    excess(
      { contents: 'read', 'id-token': 'write', deployments: 'write', actions: 'read' },
      { contents: 'write', deployments: 'read', actions: 'read' },
    ),
  ).toEqual([
    { scope: 'id-token', wanted: 'write', allowed: 'none' },
    { scope: 'deployments', wanted: 'write', allowed: 'read' },
  ]);
});
