import { scryptSync } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { LeakedSecret } from '../finding.ts';
import { readJson } from './json.ts';
import type { ProgramScanner, Subject } from './scanner.ts';
import packageJson from './secretlint/package.json' with { type: 'json' };
import packageLock from './secretlint/package-lock.json' with { type: 'json' };

const report = z.array(
  z.object({
    filePath: z.string(),
    sourceContent: z.string().optional(),
    messages: z.array(
      z.object({
        ruleId: z.string(),
        range: z.tuple([z.int(), z.int()]),
        loc: z.object({ start: z.object({ line: z.int() }), end: z.object({ line: z.int() }) }),
      }),
    ),
  }),
);

/**
 * Hosts that are on the machine itself, or that can be nobody's (https://www.rfc-editor.org/rfc/rfc2606): the password
 * of a database there opens nothing. Tests and examples are full of them.
 */
const nobodysHost = String.raw`(?:127(?:\.\d{1,3}){3}|localhost|\[::1\]|(?:[\w-]+\.)*(?:example\.(?:com|net|org)|example|test|invalid))`;

/** Its recommended rules: what a repository configures would be configured by whoever puts a secret in. */
const rules = JSON.stringify({
  rules: [
    {
      id: '@secretlint/secretlint-rule-preset-recommend',
      rules: [
        {
          id: '@secretlint/secretlint-rule-database-connection-string',
          options: { allows: [`/@${nobodysHost}(?=[:/?]|$)/`] },
        },
      ],
    },
  ],
});

/** It keeps a record of each file and rule, and looks through all of it for each: twice the files take four times as long. */
const batchSize = 200;

/** To hide a word of fewer letters would hide half of every log, and outputs with it. */
const shortestMask = 8;

/** Tokens, keys and passwords in the files of the repository. */
export const secretlint: ProgramScanner = {
  kind: 'program',
  name: 'secretlint',
  category: 'secrets',
  needs: 'workspace',
  // Its report has the whole of each file in it.
  printsSecrets: true,
  version: packageJson.dependencies.secretlint,
  installation: { kind: 'npm', program: 'secretlint', versionArgs: ['--version'], packageJson, packageLock },
  command: async ({ workspace, foreign, scratch }) => {
    // Instead of a .secretlintignore of the repository: what is accepted stands in the waivers, with reason and expiry.
    const ignored = path.join(scratch, 'secretlintignore');
    await writeFile(ignored, '');
    const files = await filesOf(workspace, foreign);
    return Array.from({ length: Math.ceil(files.length / batchSize) }, (_, index) => {
      const reportFile = path.join(scratch, `secretlint-${index}.json`);
      const batch = files.slice(index * batchSize, (index + 1) * batchSize);
      return {
        args: [
          ...['--secretlintrcJSON', rules],
          ...['--secretlintignore', ignored],
          ...['--format', 'json', '--output', reportFile],
          '--no-glob',
          ...batch.map((file) => `./${file}`),
        ],
        cwd: workspace,
        reportFile,
      };
    });
  },
  finished: [0, 1],
  read: ({ stdout }, subject) => {
    const files = readJson(stdout, report);
    const findings: LeakedSecret[] = [];
    const sensitive = new Set<string>();
    for (const { filePath, sourceContent = '', messages } of files) {
      const lines = sourceContent.split(/\r?\n/);
      for (const { ruleId, range, loc } of messages) {
        const secret = sourceContent.slice(...range);
        // Some rules tell the line and miss the column: whatever looks like a secret in the lines is hidden as well.
        const where = lines.slice(loc.start.line - 1, loc.end.line).join('\n');
        const alike = where.match(/[^\s"'`=:,;()<>[\]{}]{16,}/g) ?? [];
        for (const each of [secret, ...alike]) if (each.length >= shortestMask) sensitive.add(each);
        findings.push({
          kind: 'secret',
          id: fingerprint(secret, subject),
          rule: ruleId,
          file: path.relative(subject.workspace, filePath),
          line: loc.start.line,
          scanners: ['secretlint'],
        });
      }
    }
    return { findings, looked: files.length, database: { kind: 'none' }, sensitive: [...sensitive] };
  },
};

/** Every file of the checkout, relative to it, but what Git and npm keep there, and what is not of the repository. */
async function filesOf(workspace: string, foreign: readonly string[]): Promise<readonly string[]> {
  const files: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    for (const entry of await readdir(path.join(workspace, folder), { withFileTypes: true })) {
      const name = path.posix.join(folder, entry.name);
      if (entry.isFile()) files.push(name);
      else if (entry.isDirectory() && !kept.includes(entry.name) && !foreign.includes(name)) await walk(name);
    }
  };
  await walk('');
  return files.sort();
}

const kept: readonly string[] = ['.git', 'node_modules'];

/** Salted and slow to compute, so that nobody guesses the secret by it; short, because it only has to tell two apart. */
function fingerprint(secret: string, { salt }: Subject): string {
  return `secret:${scryptSync(secret, `sluice ${salt}`, 6).toString('hex')}`;
}
