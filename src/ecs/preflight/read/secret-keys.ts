import { errorName, type Aws } from '../../../aws/index.ts';
import type { CheckedKey, Read } from '../facts.ts';
import type { SecretKey } from '../needs.ts';

/**
 * Whether the JSON of secrets has the keys that ECS is to hand over: that cannot be known without reading them. It is
 * looked at where the role that deploys may read a secret, and left open where it may not, as it need not. A value is
 * looked at here and goes nowhere: what is answered says whether a key is there, and no error is passed on.
 *
 * @param arns of the secrets that are there, by what the keys call them
 */
export async function checkKeys(
  aws: Aws,
  keys: readonly SecretKey[],
  arns: Readonly<Record<string, Read<string | undefined>>>,
): Promise<readonly CheckedKey[]> {
  const asked = new Map<string, Promise<Content>>();
  const checked = await Promise.all(
    keys.map(async (wanted): Promise<CheckedKey | undefined> => {
      const { secret, key, stage, versionId } = wanted;
      const arn = arns[secret];
      if (arn?.ok !== true || arn.value === undefined) return undefined;
      const version = JSON.stringify([secret, stage, versionId]);
      const content = asked.get(version) ?? contentOf(aws, arn.value, wanted);
      asked.set(version, content);
      return { secret, key, found: foundIn(await content, key) };
    }),
  );
  return checked.filter((one) => one !== undefined);
}

/** What is kept of a secret: the names of its keys. */
type Content =
  | { readonly kind: 'object'; readonly keys: ReadonlySet<string> }
  | { readonly kind: 'no JSON' | 'no value' | 'not known' };

async function contentOf(aws: Aws, arn: string, { stage, versionId }: SecretKey): Promise<Content> {
  const { GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
  try {
    const { SecretString: text, SecretBinary: binary } = await (
      await aws.secrets()
    ).send(
      new GetSecretValueCommand({
        SecretId: arn,
        ...(stage === undefined ? {} : { VersionStage: stage }),
        ...(versionId === undefined ? {} : { VersionId: versionId }),
      }),
    );
    return keysOf(text ?? Buffer.from(binary ?? []).toString('utf8'));
  } catch (error: unknown) {
    // The secret itself is there: it is its value, or this version of it, that is not.
    return { kind: errorName(error) === 'ResourceNotFoundException' ? 'no value' : 'not known' };
  }
}

function keysOf(text: string): Content {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? { kind: 'object', keys: new Set(Object.keys(parsed)) }
      : { kind: 'no JSON' };
  } catch {
    // The parser's message quotes what it could not read: it must not get any further.
    return { kind: 'no JSON' };
  }
}

function foundIn(content: Content, key: string): CheckedKey['found'] {
  if (content.kind !== 'object') return content.kind;
  return content.keys.has(key) ? 'there' : 'missing';
}
