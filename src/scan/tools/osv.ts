/** How OSV names a package's ecosystem, and how package URLs do. Source: https://ossf.github.io/osv-schema/ */
const purlTypes: Readonly<Record<string, string>> = {
  npm: 'npm',
  PyPI: 'pypi',
  Go: 'golang',
  'crates.io': 'cargo',
  Maven: 'maven',
  RubyGems: 'gem',
  Packagist: 'composer',
  NuGet: 'nuget',
  Hex: 'hex',
  Pub: 'pub',
};

export function ecosystemOf(
  ecosystem: string,
  name: string,
): { readonly type: string; readonly purlName: string } {
  // `Debian:12` is Debian in its twelfth release.
  const [family = '', release] = ecosystem.split(':');
  const distribution = { Debian: 'deb', Ubuntu: 'deb', Alpine: 'apk' }[family];
  if (distribution !== undefined && release !== undefined) {
    return { type: distribution, purlName: `${family.toLowerCase()}/${name}` };
  }
  return {
    type: purlTypes[family] ?? 'generic',
    purlName: family === 'Maven' ? name.replace(':', '/') : name,
  };
}
