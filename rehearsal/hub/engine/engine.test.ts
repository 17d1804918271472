import type { Rehearsed } from './engine.fixture.ts';
import { conclusions, jobOf, logOf, rehearse } from './engine.fixture.ts';

const file = '.github/workflows/ci.yml';
let shop: Rehearsed;
beforeEach(async () => {
  shop = await rehearse();
});
afterEach(() => shop.end());

test('a push runs its workflow: needs, outputs, conditions, summary, annotations', async () => {
  const [run] = await shop.push({
    [file]: `
name: CI
on:
  push:
    branches: [develop]
env: { GREETING: hello }
jobs:
  first:
    runs-on: ubuntu-latest
    outputs:
      colour: \${{ steps.pick.outputs.colour }}
    steps:
      - id: pick
        name: Pick a colour
        run: |
          echo "colour=blue" >> "$GITHUB_OUTPUT"
          echo "## Picked" >> "$GITHUB_STEP_SUMMARY"
          echo "SHADE=dark" >> "$GITHUB_ENV"
          echo "::warning file=a.txt,line=3,title=Mind::the gap"
      - run: echo "$GREETING $SHADE in $GITHUB_REF_NAME"
      - if: failure()
        run: exit 3
  second:
    needs: first
    runs-on: ubuntu-latest
    steps:
      - env: { COLOUR: '\${{ needs.first.outputs.colour }}' }
        run: echo "got $COLOUR"
  never:
    needs: first
    if: needs.first.outputs.colour == 'red'
    runs-on: ubuntu-latest
    steps: [{ run: exit 1 }]
`,
  });

  expect(conclusions(run)).toEqual({ run: 'success', first: 'success', second: 'success', never: 'skipped' });
  const first = jobOf(run, 'first');
  expect(first.steps.map((step) => [step.number, step.name, step.conclusion])).toEqual([
    [1, 'Set up job', 'success'],
    [2, 'Pick a colour', 'success'],
    [3, 'Run echo "$GREETING $SHADE in $GITHUB_REF_NAME"', 'success'],
    [4, 'Run exit 3', 'skipped'],
    [5, 'Complete job', 'success'],
  ]);
  expect(first.steps[1]?.summary).toBe('## Picked\n');
  expect(first.annotations).toEqual([
    { level: 'warning', message: 'the gap', title: 'Mind', file: 'a.txt', line: 3, step: 2 },
  ]);
  expect(logOf(shop, first)).toContain('hello dark in develop');
  expect(logOf(shop, jobOf(run, 'second'))).toContain('got blue');
});
