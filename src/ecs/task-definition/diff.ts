import { definitionLabel, type TaskDefinition } from './build.ts';

export interface Difference {
  /** `chatbot.environment.LOG_LEVEL` */
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Names whose values are not for a summary, even where they are no declared secret. */
const secretName = /secret|password|passwd|token|key|credential|auth|database_url|dsn/i;
/** `scheme://user:password@host`, whatever it is called. */
const urlWithPassword = /:\/\/[^/\s:@]*:[^/\s@]+@/;

/** What ECS fills in by itself: no difference that anybody made. */
const filledIn: Readonly<Record<string, string>> = {
  cpu: '0',
  essential: 'true',
  protocol: 'tcp',
  hostPort: '0',
};

/**
 * What a deployment changes in a task definition. Values that may be secret are told apart, and never shown.
 * @param secrets names of environment variables that are secret, whatever they are called
 */
export function diffTaskDefinitions(
  before: TaskDefinition | undefined,
  after: TaskDefinition,
  secrets: ReadonlySet<string> = new Set(),
): Difference[] {
  const old = new Map(before === undefined ? [] : flatten(before, ''));
  const now = new Map(flatten(after, ''));
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((path) => {
    const was = old.get(path);
    const is = now.get(path);
    const leaf = path.split('.').at(-1) ?? '';
    if (was === is || (is === undefined && (was === '' || was === 'false' || was === filledIn[leaf])))
      return [];
    const isHidden = isSecret(path, secrets);
    return [{ path, before: shown(was, isHidden, 'old'), after: shown(is, isHidden, 'new') }];
  });
}

function shown(value: string | undefined, isHidden: boolean, which: string): string | undefined {
  if (value === undefined) return undefined;
  return isHidden || urlWithPassword.test(value) ? `*** (${which})` : value;
}

function isSecret(path: string, secrets: ReadonlySet<string>): boolean {
  const [, kind, name = ''] = path.split('.');
  return kind === 'environment' && (secrets.has(name) || secretName.test(name));
}

const readOnly =
  /^(taskDefinitionArn|revision|status|requiresAttributes|compatibilities|registeredAt|registeredBy|deregisteredAt|\$metadata)$/;

function flatten(value: unknown, path: string): [string, string][] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) => {
      // Lists of named things are told apart by name, so that a new one does not move all the others.
      const name = (item as { name?: unknown } | null)?.name;
      if (typeof name !== 'string') return flatten(item, `${path}[${index}]`);
      const at = path === 'containerDefinitions' ? name : `${path}.${name}`;
      const entry = item as { value?: unknown; valueFrom?: unknown };
      const single = entry.value ?? entry.valueFrom;
      if (typeof single === 'string') return [[at, single] as [string, string]];
      const others = Object.entries(item as object).filter(([key]) => key !== 'name');
      return flatten(Object.fromEntries(others), at);
    });
  }
  if (typeof value === 'object') {
    return Object.entries(value).flatMap(([key, item]) =>
      (path === '' && readOnly.test(key)) || key === definitionLabel
        ? []
        : flatten(item, path === '' ? key : `${path}.${key}`),
    );
  }
  return [[path, typeof value === 'string' ? value : JSON.stringify(value)]];
}
