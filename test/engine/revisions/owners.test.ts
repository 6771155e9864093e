import { isBatchOwned } from '../../../engine/revisions/owners';

test('AWS Batch is known by its service-linked role, in any partition; a role of a similar name is not it', () => {
  const by = (registeredBy?: string) => isBatchOwned({ family: 'f', revision: 1, status: 'ACTIVE', tagKeys: [], registeredBy });
  expect(by('arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForBatch/aws-batch')).toBe(true);
  expect(by('arn:aws-cn:iam::111122223333:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch')).toBe(true);
  expect(by('arn:aws:sts::111122223333:assumed-role/batch-deployer/ci')).toBe(false);
  expect(by(undefined)).toBe(false);
});
