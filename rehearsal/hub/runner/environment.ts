import path from 'node:path';

/**
 * The variables of the user's environment that a job may see, by name. Everything else stays out: credentials
 * (AWS, GitHub, npm), `NODE_OPTIONS`, Git's own variables, whatever else a shell collects.
 */
const allowed: readonly RegExp[] = [
  /^(HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|TZ|TMPDIR|TEMP|TMP)$/,
  /^LC_[A-Z]+$/,
  // How this machine reaches the network, where that is not directly.
  /^(https?|no|all)_proxy$/i,
  /^(SSL_CERT_FILE|SSL_CERT_DIR|NODE_EXTRA_CA_CERTS|NODE_USE_SYSTEM_CA)$/,
  /^npm_config_(registry|cafile|ca|cache|strict_ssl|userconfig|globalconfig|nodedir)$/i,
  // Docker's engine, where the rehearsal's docker driver uses one.
  /^DOCKER_(HOST|CONTEXT)$/,
];

/**
 * The environment that every job of this machine starts with. The rehearsal's Node comes first on the PATH, as
 * GitHub's runners bring their own; the folders that npm put there for its scripts are left out. The AWS SDK's
 * files and metadata lookups are switched off, so that a job can only find the credentials it was given.
 */
export function runnerEnvironment(
  user: Readonly<Record<string, string | undefined>>,
  node: string,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(user)) {
    if (value !== undefined && allowed.some((pattern) => pattern.test(name))) environment[name] = value;
  }
  const folders = (user.PATH ?? '')
    .split(path.delimiter)
    .filter((folder) => folder !== '' && !/node_modules[\\/]\.bin$|node-gyp-bin$/.test(folder));
  return {
    ...environment,
    PATH: [path.dirname(node), ...folders].join(path.delimiter),
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** `INPUT_*` as GitHub's runner names them: upper case, spaces as underscores. */
export function inputVariables(inputs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [
      `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`,
      value,
    ]),
  );
}
