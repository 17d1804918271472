import { Failure } from '../github/index.ts';
import { awsFailure, classify, missingPermission, remedyFor } from './errors.ts';

const error = (name: string, more: object = {}): Error => Object.assign(new Error('no'), { name, ...more });
const answered = (httpStatusCode: number): object => ({ $metadata: { httpStatusCode } });

describe('what an AWS error means', () => {
  it.each([
    ['throttled', error('ThrottlingException', answered(400))],
    ['throttled', error('TooManyRequestsException', answered(429))],
    ['denied', error('AccessDeniedException', answered(400))],
    ['denied', error('AccessDenied', answered(403))],
    ['expired', error('ExpiredTokenException', answered(400))],
    ['expired', error('UnrecognizedClientException', answered(400))],
    ['expired', error('CredentialsProviderError')],
    ['ambiguous', error('ServerException', answered(500))],
    ['ambiguous', error('ServiceUnavailable', answered(503))],
    ['ambiguous', error('TimeoutError')],
    ['ambiguous', error('Error', { code: 'ECONNRESET' })],
    ['ambiguous', error('Error', { code: 'EPIPE' })],
    ['ambiguous', error('SyntaxError', answered(200))],
    ['refused', error('InvalidParameterException', answered(400))],
    ['refused', error('ClientException', answered(400))],
    ['refused', new TypeError('a bug of ours')],
    ['refused', new Failure('The AWS role cannot be assumed')],
    ['refused', undefined],
    ['refused', 'thrown text'],
  ] as const)('is %s for %o', (expected, thrown) => {
    expect(classify(thrown)).toBe(expected);
  });

  it('goes by the name, and not by what the message mentions', () => {
    const misleading = Object.assign(new Error('ThrottlingException: AccessDenied'), {
      name: 'InvalidParameterException',
      ...answered(400),
    });
    expect(classify(misleading)).toBe('refused');
  });

  it('finds the permission that is missing', () => {
    const denied = Object.assign(
      new Error(
        'User: arn:aws:sts::123456789012:assumed-role/deploy/sluice is not authorized to perform: ecs:UpdateService on resource: arn:aws:ecs:eu-west-1:123456789012:service/shop-dev/shop',
      ),
      { name: 'AccessDeniedException', ...answered(400) },
    );
    expect(missingPermission(denied)).toBe('ecs:UpdateService');
    expect(remedyFor(denied)).toContain('Allow the role ecs:UpdateService');
  });

  it.each([
    [
      'AccessDenied',
      'Not authorized to perform sts:AssumeRoleWithWebIdentity',
      'sts:AssumeRoleWithWebIdentity',
    ],
    [
      'ClientException',
      'User: arn:x is not authorized to perform: iam:PassRole on resource: arn:y',
      'iam:PassRole',
    ],
  ])('finds it in %s: %s', (name, message, permission) => {
    const refused = Object.assign(new Error(message), { name, ...answered(400) });
    expect(missingPermission(refused)).toBe(permission);
    expect(remedyFor(refused)).toBe(
      `Allow the role ${permission} (docs/adopting.md, "What the role may do")`,
    );
  });

  it('names no permission where AWS names none', () => {
    const refused = error('ClientException', answered(400));
    expect(missingPermission(refused)).toBeUndefined();
    expect(remedyFor(refused)).toBe('Correct what AWS refuses, and run the job again');
    expect(remedyFor(error('AccessDeniedException', answered(400)))).toBe(
      'Allow the role what it was refused (docs/adopting.md, "What the role may do")',
    );
  });

  it('becomes a failure that says what, where, why and what to do, and keeps its cause', () => {
    const cause = error('ThrottlingException', answered(400));
    const failure = awsFailure('It cannot be followed', 'arn:x', cause);
    expect(failure).toMatchObject({ message: 'It cannot be followed', where: 'arn:x', why: 'no', cause });
    expect(failure.remedy).toContain('run the job again');
  });

  it('leaves a failure that was foreseen as it is', () => {
    const foreseen = new Failure('The AWS role cannot be assumed', { where: 'arn:role' });
    expect(awsFailure('It cannot be followed', 'arn:x', foreseen)).toBe(foreseen);
  });
});
