import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { actionReferences, withReference, type Action } from './actions.ts';

const action: Action = {
  description: 'Carries.',
  inputs: {
    image: { description: 'What | which (repository@digest).', required: true },
    config: { description: 'Path\n  of sluice.yml.', default: 'sluice.yml' },
    until: { description: 'How far.', default: '' },
  },
  outputs: { state: { description: 'How it ended.' } },
};

const tables = `<!-- action-reference:start -->

| Input | Default | Meaning |
| --- | --- | --- |
| \`image\` | **required** | What \\| which (repository@digest). |
| \`config\` | \`sluice.yml\` | Path of sluice.yml. |
| \`until\` | – | How far. |

| Output | Meaning |
| --- | --- |
| \`state\` | How it ended. |

<!-- action-reference:end -->`;

describe('the reference of an action', () => {
  it('stands between the markers, and leaves everything else as it is', () => {
    const before =
      '# deploy\n\nWords.\n\n<!-- action-reference:start -->\nold\n<!-- action-reference:end -->\n\nMore.\n';
    expect(withReference(before, action)).toBe(`# deploy\n\nWords.\n\n${tables}\n\nMore.\n`);
  });

  it('comes at the end where there are no markers, and only once', () => {
    const once = withReference('# deploy\n', action);
    expect(once).toBe(`# deploy\n\n## Reference\n\n${tables}\n`);
    expect(withReference(once, action)).toBe(once);
  });

  it('says so where there is nothing', () => {
    expect(withReference('# noop\n', { description: 'Nothing.' })).toContain(
      'It has no inputs.\n\nIt has no outputs.',
    );
  });
});

describe('the references of all actions', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'sluice-generate-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const add = (name: string, yaml: string): void => {
    mkdirSync(path.join(root, 'actions', name), { recursive: true });
    writeFileSync(path.join(root, 'actions', name, 'action.yml'), yaml);
  };

  it('begin a README where there is none', () => {
    add('plan', 'description: Plans.\n');
    expect(actionReferences(root)).toEqual([
      ['actions/plan/README.md', withReference('# plan\n\nPlans.\n', { description: 'Plans.' })],
    ]);
  });

  it('fail with the name of everything that is not described', () => {
    add('plan', 'description: Plans.\ninputs: { config: { default: x } }\n');
    add('report', 'description: Reports.\noutputs: { page: { description: " " } }\n');
    expect(() => actionReferences(root)).toThrow(
      'Not described: the input "config" in actions/plan/action.yml, the output "page" in actions/report/action.yml. Add a description to each.',
    );
  });
});
