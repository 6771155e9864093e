import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { LEDGER } from '../contract/ledger-keys';
import { acknowledge } from '../function/acknowledge';

/** The bucket that keeps what was planned and done: encrypted, versioned, TLS only, and there after the stack is gone. */
export function ledgerBucket(scope: Construct, id: string, encryptionKey?: kms.IKey): s3.Bucket {
  const bucket = new s3.Bucket(scope, id, {
    encryption: encryptionKey ? s3.BucketEncryption.KMS : s3.BucketEncryption.S3_MANAGED,
    encryptionKey,
    // One call to KMS for many objects instead of one for each.
    bucketKeyEnabled: encryptionKey ? true : undefined,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    versioned: true,
    removalPolicy: RemovalPolicy.RETAIN,
    lifecycleRules: [
      { prefix: LEDGER.plans, expiration: Duration.days(90) },
      { prefix: LEDGER.results, expiration: Duration.days(90) },
      {
        noncurrentVersionExpiration: Duration.days(30),
        expiredObjectDeleteMarker: true,
        abortIncompleteMultipartUploadAfter: Duration.days(1),
      },
    ],
  });
  // A bucket that outlives its stack stays TLS only.
  bucket.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN);
  acknowledge(bucket, {
    id: 'AwsSolutions-S1',
    reason: 'one function reads and writes this bucket and logs what it does; access logs would need a second bucket to keep',
  });
  return bucket;
}
