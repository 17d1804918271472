import { definitionLabel, type TaskDefinition } from './build.ts';

export interface Difference {
  /** `chatbot.environment.LOG_LEVEL` */
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Names whose values are not for a summary, even where they are no declared secret. */
const secretName = /secret|password|passwd|token|key|credential|auth|database_url|dsn/i;
/** `scheme://user:password@host` or `scheme://token@host`, whatever it is called; passwords are not always escaped. */
const urlWithPassword = /:\/\/(?:[^/\s:@]*:[^\s@]+|[^/\s@]+)@/;
/** Where values are the user's own text, under names that may say that they are secret: a log driver's token is one. */
const ownText =
  /^[^.]+\.(?:environment|dockerLabels|(?:logConfiguration|firelensConfiguration)\.options)\.(.+)$/;

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
    if (was === is || (is === undefined && isFilledIn(path, was))) return [];
    const isHidden = isSecret(path, secrets);
    return [{ path, before: shown(was, isHidden, 'old'), after: shown(is, isHidden, 'new') }];
  });
}

function shown(value: string | undefined, isHidden: boolean, which: string): string | undefined {
  if (value === undefined) return undefined;
  return isHidden || urlWithPassword.test(value) ? `*** (${which})` : value;
}

function isSecret(path: string, secrets: ReadonlySet<string>): boolean {
  const name = ownText.exec(path)?.[1];
  return name !== undefined && (secrets.has(name) || secretName.test(name));
}

/** ECS fills in its own fields; what a user had written and has taken away is a change. */
function isFilledIn(path: string, was: string | undefined): boolean {
  if (ownText.test(path)) return false;
  return was === '' || was === 'false' || was === filledIn[path.split('.').at(-1) ?? ''];
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
