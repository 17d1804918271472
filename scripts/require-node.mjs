/**
 * Sluice runs on the Node that GitHub's `node24` actions run on. The npm package `node` (a dev dependency)
 * brings it, first on the PATH of npm scripts; its install script can be switched off, and then we say so.
 */
export function requireNode24() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= 24) return;
  console.error(
    `Sluice needs Node 24, and this is ${process.version}. \`npm ci\` brings it as the package "node" unless install ` +
      'scripts are switched off (npm config get ignore-scripts): run `npm rebuild node --foreground-scripts ' +
      '--ignore-scripts=false`, or use Node 24 itself (.nvmrc).',
  );
  process.exit(1);
}
