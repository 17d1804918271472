import type { RestContext } from './context.ts';
import type { RequestBody } from './description.ts';
import { created, empty, endpoint, ok, type Answer, type Endpoint } from './endpoint.ts';
import { notFound, RestError } from './errors.ts';
import { countedPage } from './pagination.ts';

/**
 * The variables of the repository and of its environments. A workflow cannot give its token the
 * permission to variables, so that they need the rehearsal's own token.
 */
export function variableEndpoints({ hub, now }: RestContext): readonly Endpoint[] {
  const startedAt = now().toISOString();
  const shape = (name: string, value: string): unknown => ({
    name,
    value,
    created_at: startedAt,
    updated_at: startedAt,
  });
  const find = (name = '') => {
    const found = hub.environments.get(name);
    if (found === undefined) throw notFound();
    return found;
  };
  const of = (name = ''): Record<string, string> => find(name).variables;
  const get = (variables: Record<string, string>, name = ''): Answer => {
    const key = name.toUpperCase();
    const value = variables[key];
    if (value === undefined) throw notFound();
    return ok(shape(key, value));
  };
  const create = (
    variables: Record<string, string>,
    { name, value }: RequestBody<'actions/create-repo-variable'>,
  ): Answer => {
    const key = checkedName(name);
    if (key in variables) throw new RestError(409, 'Already exists - Variable already exists');
    variables[key] = value;
    hub.announce({ kind: 'record' });
    return created({});
  };
  const update = (
    variables: Record<string, string>,
    name = '',
    body: RequestBody<'actions/update-repo-variable'>,
  ): Answer => {
    const key = name.toUpperCase();
    const value = variables[key];
    if (value === undefined) throw notFound();
    const renamed = body.name === undefined ? key : checkedName(body.name);
    if (renamed !== key) Reflect.deleteProperty(variables, key);
    variables[renamed] = body.value ?? value;
    hub.announce({ kind: 'record' });
    return empty();
  };
  const remove = (variables: Record<string, string>, name = ''): Answer => {
    const key = name.toUpperCase();
    if (!(key in variables)) throw notFound();
    Reflect.deleteProperty(variables, key);
    hub.announce({ kind: 'record' });
    return empty();
  };

  return [
    endpoint('actions/list-repo-variables', 'administration=read', (request) =>
      countedPage(request, 'variables', Object.entries(hub.variables).sort(), ([name, value]) =>
        shape(name, value),
      ),
    ),
    endpoint('actions/get-repo-variable', 'administration=read', ({ params }) =>
      get(hub.variables, params.name),
    ),
    endpoint('actions/create-repo-variable', 'administration=write', ({ body }) =>
      create(hub.variables, body),
    ),
    endpoint('actions/update-repo-variable', 'administration=write', ({ params, body }) =>
      update(hub.variables, params.name, body),
    ),
    endpoint('actions/delete-repo-variable', 'administration=write', ({ params }) =>
      remove(hub.variables, params.name),
    ),

    endpoint('actions/list-environment-variables', 'administration=read', (request) =>
      countedPage(
        request,
        'variables',
        Object.entries(of(request.params.environment_name)).sort(),
        ([name, value]) => shape(name, value),
      ),
    ),
    endpoint('actions/get-environment-variable', 'administration=read', ({ params }) =>
      get(of(params.environment_name), params.name),
    ),
    endpoint('actions/create-environment-variable', 'administration=write', ({ params, body }) =>
      create(of(params.environment_name), body),
    ),
    endpoint('actions/update-environment-variable', 'administration=write', ({ params, body }) =>
      update(of(params.environment_name), params.name, body),
    ),
    endpoint('actions/delete-environment-variable', 'administration=write', ({ params }) =>
      remove(of(params.environment_name), params.name),
    ),
  ];
}

/** Names are stored in capitals. Source: GitHub, "Naming conventions for configuration variables". */
function checkedName(name: string): string {
  if (/^[a-z_]\w*$/i.test(name) && !/^github_/i.test(name)) return name.toUpperCase();
  throw new RestError(422, `Variable name "${name}" is not valid.`, {
    errors: [{ resource: 'Variable', field: 'name', code: 'invalid' }],
  });
}
