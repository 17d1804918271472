import { defineConfig, globalIgnores } from 'eslint/config';
import importX from 'eslint-plugin-import-x';
import prettier from 'eslint-config-prettier';
import globals from 'globals';
import tseslint from 'typescript-eslint';

/**
 * Who may import whom (docs/architecture.md). `src/` knows nothing of the rehearsal, the rehearsal's cloud
 * knows nothing of `src/` (it must not share our mistakes), and the service stands alone.
 */
const importDirections = [
  { target: './src', from: ['./actions', './rehearsal', './service', './infra'] },
  { target: './src/config', from: ['./src'], except: ['./config'] },
  { target: './src/github', from: ['./src'], except: ['./github', './config'] },
  { target: './src/image', from: ['./src'], except: ['./image', './github', './config', './aws'] },
  { target: './src/aws', from: ['./src'], except: ['./aws', './github', './config'] },
  { target: './src/traffic', from: ['./src/ecs', './src/image'] },
  {
    target: './src/scan',
    from: ['./src'],
    except: ['./scan', './evidence', './github', './config', './image'],
  },
  {
    target: './src/load',
    from: ['./src'],
    except: ['./load', './evidence', './github', './config', './junit', './traffic/analysis/statistics'],
  },
  {
    target: './src/uat',
    from: ['./src'],
    except: ['./uat', './evidence', './github', './config', './junit', './scenarios'],
  },
  { target: './src/evidence', from: ['./src'], except: ['./evidence', './github', './config', './image'] },
  { target: './actions', from: ['./rehearsal', './service', './infra'] },
  { target: './rehearsal/cloud', from: ['./src', './actions', './service', './infra', './rehearsal/hub'] },
  { target: './rehearsal/hub', from: ['./src', './actions', './service', './infra'], except: ['./config'] },
  { target: './rehearsal/hub', from: ['./rehearsal/cloud'] },
  { target: './service', from: ['./src', './actions', './rehearsal', './infra'] },
];

export default defineConfig(
  globalIgnores(['dist/', 'build/', 'coverage/', '**/node_modules/', '.sluice-rehearsal/', 'test-results/']),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, prettier],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones: importDirections, basePath: import.meta.dirname }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
  {
    files: ['**/*.test.ts', 'test/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: { globals: globals.node },
  },
);
