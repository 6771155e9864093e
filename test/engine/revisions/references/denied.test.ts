import { isDenied } from '../../../../engine/aws/sdk-error';
import { IncompleteScan } from '../../../../engine/incomplete-scan';
import { tolerated, withRemedy } from '../../../../engine/revisions/references/denied';

const HERE = { partition: 'aws-cn', account: '111122223333', region: 'cn-north-1' };

test.each([
  'AccessDenied',
  'AccessDeniedException',
  'AuthorizationError',
  'UnauthorizedOperation',
  'NotAuthorized',
  'Forbidden',
])('P-06: %s is a denial', (code) => {
  expect(isDenied({ code })).toBe(true);
});

test.each([undefined, '', 'ThrottlingException', 'InternalFailure', 'AccessDeniedByThrottle', 'NotAccessDenied', 'Stryker'])(
  'P-05: %s is no denial, and so never tolerated',
  (code) => {
    expect(isDenied({ code })).toBe(false);
  },
);

test('P-06: what is tolerated is told with the refusal', () => {
  const why = tolerated(new IncompleteScan('ListPipes', 'AccessDeniedException: no', 'AccessDeniedException'));
  expect(why).toBe('denied, which the settings tolerate: ListPipes: AccessDeniedException: no');
});

test('P-06: a refusal comes with the rights that are missing, and where, and names its call once', () => {
  const error = withRemedy(new IncompleteScan('ListPipes', 'Forbidden: no', 'Forbidden'), 'EVENTBRIDGE_PIPES', HERE);
  expect(error).toBeInstanceOf(IncompleteScan);
  expect([error.call, error.code]).toEqual(['EventBridge Pipes, ListPipes', 'Forbidden']);
  expect(error.message).toBe(
    "EventBridge Pipes, ListPipes: Forbidden: no; allow the function's role pipes:ListPipes on *, " +
      'pipes:DescribePipe on arn:aws-cn:pipes:cn-north-1:111122223333:pipe/*, ' +
      "or name EVENTBRIDGE_PIPES in 'tolerateDenied' or 'withoutReferrers'",
  );
});
