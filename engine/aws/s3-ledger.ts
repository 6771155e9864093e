import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type Condition, type Ledger, LedgerError, type Stored } from '../ledger/ledger';
import { REQUEST_TIMES } from './request-times';
import { wholeAnswers } from './whole-answer';

// One client for every run of a process: its connections are worth keeping.
const s3 = wholeAnswers(new S3Client({ requestHandler: REQUEST_TIMES }));

/**
 * A ledger in a bucket.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export class S3Ledger implements Ledger {
  constructor(
    private readonly bucket: string,
    private readonly client = s3,
  ) {}

  public async read(key: string): Promise<Stored | undefined> {
    try {
      const { Body, ETag } = await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
      if (!Body || !ETag) throw new LedgerError(key, 'S3 answered without a body or an ETag');
      return { text: await Body.transformToString(), etag: ETag };
    } catch (error) {
      // With s3:ListBucket a missing key is 404; without it S3 says 403, and that is an error like any other.
      if (nameOf(error) === 'NoSuchKey') return undefined;
      throw ledgerError('read', key, error);
    }
  }

  public async write(key: string, body: string | Uint8Array, condition?: Condition): Promise<boolean> {
    const only = condition === undefined ? {} : 'absent' in condition ? { IfNoneMatch: '*' } : { IfMatch: condition.etag };
    try {
      await this.client.send(
        new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: body, ContentType: 'application/json', ...only }),
      );
      return true;
    } catch (error) {
      // 412: the condition does not hold, or no longer, because this very write took effect, its answer was lost, and the SDK
      // tried again. 409: another conditional write is under way. 404: gone meanwhile.
      if (condition && nameOf(error) === 'PreconditionFailed') return this.holds(key, body);
      if (condition && ['ConditionalRequestConflict', 'NoSuchKey'].includes(nameOf(error))) return false;
      throw ledgerError('write', key, error);
    }
  }

  public async remove(key: string): Promise<void> {
    try {
      await this.client.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key }));
    } catch (error) {
      throw ledgerError('remove', key, error);
    }
  }

  private async holds(key: string, body: string | Uint8Array): Promise<boolean> {
    return (await this.read(key))?.text === Buffer.from(body).toString();
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}

/** What a role must be allowed for each. A key that is missing is denied to those who may not list. */
const RIGHTS = { read: 's3:GetObject and s3:ListBucket', write: 's3:PutObject', remove: 's3:DeleteObject' } as const;

function ledgerError(what: keyof typeof RIGHTS, key: string, error: unknown): LedgerError {
  if (error instanceof LedgerError) return error;
  const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new LedgerError(key, `${why}${remedyOf(what, nameOf(error))}`);
}

function remedyOf(what: keyof typeof RIGHTS, code: string): string {
  switch (code) {
    case 'AccessDenied':
      return `; allow this role ${RIGHTS[what]} on the bucket of the ledger, and the use of its KMS key if it has one`;
    case 'NoSuchBucket':
      return '; the bucket of the ledger is gone: deploy again';
    default:
      return '; the next run tries again';
  }
}
