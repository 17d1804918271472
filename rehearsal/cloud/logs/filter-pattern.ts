import { ServiceError } from '../wire/service.ts';

/**
 * A filter pattern for unstructured events: `term`, `"a phrase"`, several terms (all of them), `?term` (any of
 * them), `-term` (none of them). Patterns for JSON (`{ … }`), columns (`[ … ]`) and regular expressions (`% … %`)
 * are refused: the rehearsal does not read them.
 *
 * Source: CloudWatch Logs, "Filter pattern syntax".
 *
 * @throws ServiceError InvalidParameterException
 */
export function filterPattern(pattern: string): (message: string) => boolean {
  const text = pattern.trim();
  if (/^[{[%]/.test(text)) {
    throw new ServiceError(
      'InvalidParameterException',
      'The rehearsal reads filter patterns of terms and phrases, not of JSON, columns or regular expressions.',
    );
  }
  const terms = [...text.matchAll(/([?-]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))/g)].map(([, sign, phrase, word]) => ({
    sign,
    text: phrase?.replaceAll(/\\(.)/g, '$1') ?? word ?? '',
  }));
  const of = (wanted: string): string[] =>
    terms.filter(({ sign }) => sign === wanted).map((term) => term.text);
  const all = of('');
  const any = of('?');
  const none = of('-');
  return (message) =>
    all.every((term) => message.includes(term)) &&
    (any.length === 0 || any.some((term) => message.includes(term))) &&
    !none.some((term) => message.includes(term));
}
