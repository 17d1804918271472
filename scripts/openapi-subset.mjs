#!/usr/bin/env node
// Takes the operations that the rehearsal's hub serves out of GitHub's published OpenAPI description: paths, types,
// required fields and enums, without prose and examples. The description is 13 MB, and its package 400 MB installed, so
// it is no dependency. To bring the subset up to date:
//
//   npm pack @octokit/openapi && tar xzf octokit-openapi-*.tgz
//   node scripts/openapi-subset.mjs package/generated/api.github.com.json
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';

const target = path.resolve(import.meta.dirname, '..', 'rehearsal/hub/rest/openapi-subset.json');

const served = [
  'actions/cancel-workflow-run',
  'actions/create-environment-variable',
  'actions/create-repo-variable',
  'actions/create-workflow-dispatch',
  'actions/delete-environment-variable',
  'actions/delete-repo-variable',
  'actions/download-artifact',
  'actions/download-job-logs-for-workflow-run',
  'actions/download-workflow-run-logs',
  'actions/force-cancel-workflow-run',
  'actions/get-artifact',
  'actions/get-environment-variable',
  'actions/get-job-for-workflow-run',
  'actions/get-pending-deployments-for-run',
  'actions/get-repo-variable',
  'actions/get-reviews-for-run',
  'actions/get-workflow',
  'actions/get-workflow-run',
  'actions/list-artifacts-for-repo',
  'actions/list-environment-variables',
  'actions/list-jobs-for-workflow-run',
  'actions/list-jobs-for-workflow-run-attempt',
  'actions/list-repo-variables',
  'actions/list-repo-workflows',
  'actions/list-workflow-run-artifacts',
  'actions/list-workflow-runs',
  'actions/list-workflow-runs-for-repo',
  'actions/re-run-workflow',
  'actions/re-run-workflow-failed-jobs',
  'actions/review-pending-deployments-for-run',
  'actions/update-environment-variable',
  'actions/update-repo-variable',
  'checks/create',
  'checks/get',
  'checks/list-annotations',
  'checks/list-for-ref',
  'checks/update',
  'code-scanning/get-alert',
  'code-scanning/get-sarif',
  'code-scanning/list-alerts-for-repo',
  'code-scanning/list-recent-analyses',
  'code-scanning/update-alert',
  'code-scanning/upload-sarif',
  'git/get-ref',
  'git/list-matching-refs',
  'issues/create',
  'issues/create-comment',
  'issues/get',
  'issues/get-comment',
  'issues/list-comments',
  'issues/list-for-repo',
  'issues/update',
  'issues/update-comment',
  'pulls/create',
  'pulls/get',
  'pulls/list',
  'pulls/list-files',
  'pulls/merge',
  'pulls/update',
  'rate-limit/get',
  'repos/compare-commits-with-basehead',
  'repos/create-commit-status',
  'repos/create-deployment',
  'repos/create-deployment-branch-policy',
  'repos/create-deployment-status',
  'repos/create-or-update-environment',
  'repos/create-release',
  'repos/delete-an-environment',
  'repos/delete-deployment',
  'repos/delete-deployment-branch-policy',
  'repos/delete-release',
  'repos/get',
  'repos/get-all-environments',
  'repos/get-combined-status-for-ref',
  'repos/get-commit',
  'repos/get-deployment',
  'repos/get-deployment-branch-policy',
  'repos/get-deployment-status',
  'repos/get-environment',
  'repos/get-latest-release',
  'repos/get-release',
  'repos/get-release-by-tag',
  'repos/list-branches',
  'repos/list-commit-statuses-for-ref',
  'repos/list-deployment-branch-policies',
  'repos/list-deployment-statuses',
  'repos/list-deployments',
  'repos/list-releases',
  'repos/list-tags',
  'repos/update-deployment-branch-policy',
  'repos/update-release',
  'users/get-authenticated',
  'users/get-by-username',
];

/** Keywords of JSON Schema that say what a value is; all others are prose, examples and extensions. */
const kept = new Set([
  'additionalProperties',
  'allOf',
  'anyOf',
  'enum',
  'format',
  'items',
  'maxItems',
  'maxLength',
  'maximum',
  'maxProperties',
  'minItems',
  'minLength',
  'minimum',
  'not',
  'oneOf',
  'pattern',
  'properties',
  'required',
  'type',
  'uniqueItems',
]);
const prefix = '#/components/schemas/';

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: node scripts/openapi-subset.mjs <api.github.com.json of @octokit/openapi>');
  process.exit(2);
}
const description = JSON.parse(readFileSync(file, 'utf8'));
const found = new Map(
  Object.entries(description.paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, operation]) => [
      operation.operationId,
      { template, method, operation },
    ]),
  ),
);

const schemas = {};
const operations = Object.fromEntries(
  served.map((id) => {
    const one = found.get(id);
    if (one === undefined)
      throw new Error(`The description ${description.info.version} has no operation ${id}.`);
    const body = one.operation.requestBody?.content?.['application/json']?.schema;
    return [
      id,
      {
        method: one.method.toUpperCase(),
        path: one.template,
        documentation: one.operation.externalDocs.url,
        ...(body === undefined ? {} : { request: schemaOf(body) }),
        responses: Object.fromEntries(
          Object.entries(one.operation.responses)
            .filter(([status]) => status.startsWith('2'))
            .map(([status, response]) => {
              const schema = resolve(response).content?.['application/json']?.schema;
              return [status, schema === undefined ? null : schemaOf(schema)];
            }),
        ),
      },
    ];
  }),
);

const subset = {
  source: `@octokit/openapi ${description.info.version}, generated/api.github.com.json`,
  licence: 'MIT, (c) GitHub, Octokit contributors',
  operations,
  schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
};
const options = await resolveConfig(target);
writeFileSync(target, await format(JSON.stringify(subset), { ...options, filepath: target }));
console.log(`${served.length} operations, ${Object.keys(schemas).length} schemas: ${target}`);

/** OpenAPI 3.0's `nullable` becomes JSON Schema's own `null`, and a reference's schema is taken along. */
function schemaOf(schema) {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice(prefix.length);
    if (!(name in schemas)) {
      schemas[name] = {};
      schemas[name] = schemaOf(resolve(schema));
    }
    return { $ref: `#/schemas/${name}` };
  }
  const plain = Object.fromEntries(
    Object.entries(schema)
      .filter(([keyword]) => kept.has(keyword))
      .map(([keyword, value]) => [keyword, partOf(keyword, value)]),
  );
  if (schema.nullable !== true) return plain;
  if (plain.type === undefined) return { anyOf: [plain, { type: 'null' }] };
  return {
    ...plain,
    type: [plain.type, 'null'].flat(),
    ...(plain.enum === undefined ? {} : { enum: [...new Set([...plain.enum, null])] }),
  };
}

function partOf(keyword, value) {
  switch (keyword) {
    case 'properties':
      return Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, schemaOf(schema)]));
    case 'allOf':
    case 'anyOf':
    case 'oneOf':
      return value.map(schemaOf);
    case 'items':
    case 'not':
      return schemaOf(value);
    case 'additionalProperties':
      return typeof value === 'object' ? schemaOf(value) : value;
    default:
      return value;
  }
}

function resolve(part) {
  if (part.$ref === undefined) return part;
  const steps = part.$ref.slice(2).split('/');
  return steps.reduce((at, step) => at[step.replaceAll('~1', '/').replaceAll('~0', '~')], description);
}
