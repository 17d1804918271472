import { inputVariables, runnerEnvironment } from './environment.ts';

test('credentials and the shell of the user stay out, and the own Node comes first', () => {
  const environment = runnerEnvironment(
    {
      PATH: '/repo/node_modules/.bin:/usr/local/bin:/lib/node-gyp-bin:/usr/bin',
      HOME: '/home/ada',
      LANG: 'C.UTF-8',
      LC_ALL: 'C',
      HTTPS_PROXY: 'http://proxy:3128',
      npm_config_registry: 'https://npm.example.org/',
      npm_config__auth: 'secret',
      NPM_TOKEN: 'secret',
      AWS_ACCESS_KEY_ID: 'AKIA',
      AWS_PROFILE: 'prod',
      GITHUB_TOKEN: 'ghp',
      GH_TOKEN: 'ghp',
      NODE_OPTIONS: '--inspect',
      GIT_DIR: '/repo/.git',
      SSH_AUTH_SOCK: '/tmp/agent',
    },
    '/opt/node24/bin/node',
  );
  expect(environment).toEqual({
    PATH: '/opt/node24/bin:/usr/local/bin:/usr/bin',
    HOME: '/home/ada',
    LANG: 'C.UTF-8',
    LC_ALL: 'C',
    HTTPS_PROXY: 'http://proxy:3128',
    npm_config_registry: 'https://npm.example.org/',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
});

test('inputs become variables', () => {
  expect(inputVariables({ 'node-version': '24', 'two words': 'x' })).toEqual({
    'INPUT_NODE-VERSION': '24',
    INPUT_TWO_WORDS: 'x',
  });
});
