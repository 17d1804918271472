import { Failure } from '../github/index.ts';

/** A reason why a release may not go where it was to go, and what to do about it. */
export interface Objection {
  readonly what: string;
  readonly remedy: string;
}

/** All objections as one failure, a row each in the summary. */
export function refusal(what: string, where: string, objections: readonly Objection[]): Failure {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  return new Failure(what, {
    where,
    why: objections.map((objection) => objection.what).join('. '),
    remedy: objections.map(({ remedy }) => remedy).join('. '),
    evidence: [
      '| What | Remedy |',
      '| --- | --- |',
      ...objections.map((objection) => `| ${cell(objection.what)} | ${cell(objection.remedy)} |`),
    ].join('\n'),
  });
}
