import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { CallLog } from './call-log';
import { SimulatedError } from './simulated-error';
import { DROP_CONNECTION, EMPTY_BODY, RawAnswer } from './special-answers';

export interface StoredObject {
  readonly body: Buffer;
  readonly etag: string;
  readonly contentType: string | undefined;
  readonly lastModified: number;
}

/** A request for an object, as a test may intercept it. */
export interface ObjectCall {
  readonly action: 'GetObject' | 'HeadObject' | 'PutObject' | 'DeleteObject' | 'ListObjectsV2';
  readonly bucket: string;
  readonly key: string;
  /** The how-manieth call of its action this is, from 1. */
  readonly attempt: number;
}

export interface PutConditions {
  /** `*`: only if there is no such object yet. */
  readonly ifNoneMatch?: string;
  /** Only if the object is still this version. */
  readonly ifMatch?: string;
}

export interface ObjectStoreOptions {
  readonly clock: { now(): number };
  /** Whether the caller may list: without that, S3 does not say that a key is missing. @default false */
  readonly listAllowed?: boolean;
  readonly intercept?: ObjectIntercept;
}

export type ObjectIntercept = (call: ObjectCall, answer: () => Promise<unknown>) => Promise<unknown>;

/** A subset of S3: get, head, put with conditions, delete and list, path style. Every bucket exists. */
export class ObjectStore {
  intercept: ObjectIntercept | undefined;
  readonly log = new CallLog();
  private readonly objects = new Map<string, StoredObject>();

  constructor(private readonly options: ObjectStoreOptions) {
    this.intercept = options.intercept;
  }

  get(bucket: string, key: string): StoredObject | undefined {
    return this.objects.get(`${bucket}/${key}`);
  }

  text(bucket: string, key: string): string | undefined {
    return this.get(bucket, key)?.body.toString();
  }

  keys(bucket: string, prefix = ''): readonly string[] {
    const start = `${bucket}/`;
    return [...this.objects.keys()]
      .filter((name) => name.startsWith(start + prefix))
      .map((name) => name.slice(start.length))
      .sort();
  }

  /** @see conditional-writes.html: 412 when a condition fails, 404 for If-Match on a missing key */
  put(bucket: string, key: string, body: string | Buffer, conditions: PutConditions = {}, contentType?: string): StoredObject {
    const known = this.get(bucket, key);
    if (conditions.ifNoneMatch === '*' && known) throw preconditionFailed();
    if (conditions.ifMatch !== undefined) {
      if (!known) throw new SimulatedError('NoSuchKey', 'The specified key does not exist.', 404);
      if (quoted(conditions.ifMatch) !== known.etag) throw preconditionFailed();
    }
    const bytes = Buffer.from(body);
    const etag = quoted(createHash('md5').update(bytes).digest('hex'));
    const object = { body: bytes, etag, contentType, lastModified: this.options.clock.now() };
    this.objects.set(`${bucket}/${key}`, object);
    return object;
  }

  /** Deleting what is not there succeeds. @see API_DeleteObject */
  delete(bucket: string, key: string, { ifMatch }: Pick<PutConditions, 'ifMatch'> = {}): void {
    const known = this.get(bucket, key);
    if (known && ifMatch !== undefined && ifMatch !== '*' && quoted(ifMatch) !== known.etag) throw preconditionFailed();
    this.objects.delete(`${bucket}/${key}`);
  }

  /** Answers an HTTP request as S3 does. */
  async handle(request: IncomingMessage, body: Buffer): Promise<RawAnswer | typeof DROP_CONNECTION> {
    try {
      const call = this.read(request);
      const answer = async () => this.answer(call, request, body);
      const result = this.intercept ? await this.intercept(call, answer) : await answer();
      if (result === DROP_CONNECTION || result instanceof RawAnswer) return result;
      return new RawAnswer(200, result === EMPTY_BODY ? '' : String(result), 'application/xml');
    } catch (error) {
      return refusal(error);
    }
  }

  private read(request: IncomingMessage): ObjectCall {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const [, bucket = '', ...path] = url.pathname.split('/');
    const key = decodeURIComponent(path.join('/'));
    const action = actionOf(request.method ?? '', key);
    const place = { bucket: decodeURIComponent(bucket), key };
    return { action, ...place, attempt: this.log.count(action, place) };
  }

  private answer({ action, bucket, key }: ObjectCall, request: IncomingMessage, body: Buffer): RawAnswer {
    const { headers } = request;
    const conditions = { ifMatch: headers['if-match'], ifNoneMatch: headers['if-none-match'] };
    switch (action) {
      case 'PutObject': {
        const { etag } = this.put(bucket, key, contentOf(request, body), conditions, headers['content-type']);
        return new RawAnswer(200, '', undefined, { etag });
      }
      case 'DeleteObject':
        this.delete(bucket, key, conditions);
        return new RawAnswer(204, '');
      case 'ListObjectsV2':
        return this.list(bucket, new URL(request.url ?? '/', 'http://127.0.0.1').searchParams);
      default:
        return this.read200(bucket, key, conditions);
    }
  }

  private read200(bucket: string, key: string, { ifMatch, ifNoneMatch }: PutConditions): RawAnswer {
    const object = this.get(bucket, key);
    if (!object) throw this.missing();
    if (ifMatch !== undefined && quoted(ifMatch) !== object.etag) throw preconditionFailed();
    const headers = { etag: object.etag, 'last-modified': new Date(object.lastModified).toUTCString() };
    if (ifNoneMatch !== undefined && quoted(ifNoneMatch) === object.etag) return new RawAnswer(304, '', undefined, headers);
    return new RawAnswer(200, object.body, object.contentType ?? 'application/octet-stream', headers);
  }

  // Who may not list is not told that a key is missing. @see API_GetObject
  private missing(): SimulatedError {
    return this.options.listAllowed
      ? new SimulatedError('NoSuchKey', 'The specified key does not exist.', 404)
      : new SimulatedError('AccessDenied', 'Access Denied', 403);
  }

  private list(bucket: string, query: URLSearchParams): RawAnswer {
    if (!this.options.listAllowed) throw new SimulatedError('AccessDenied', 'Access Denied', 403);
    const prefix = query.get('prefix') ?? '';
    const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
    const most = Math.min(1000, Number(query.get('max-keys') ?? 1000));
    const rest = this.keys(bucket, prefix).filter((key) => key > after);
    const page = rest.slice(0, most);
    const isTruncated = rest.length > page.length;
    return new RawAnswer(
      200,
      listXml(
        bucket,
        prefix,
        most,
        isTruncated,
        page.map((key) => this.contents(bucket, key)),
        page.at(-1),
      ),
    );
  }

  private contents(bucket: string, key: string): string {
    const { etag = '', body, lastModified = 0 } = this.get(bucket, key) ?? {};
    const modified = new Date(lastModified).toISOString();
    return `<Contents><Key>${escaped(key)}</Key><LastModified>${modified}</LastModified><ETag>${escaped(etag)}</ETag><Size>${body?.length ?? 0}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
  }
}

function actionOf(method: string, key: string): ObjectCall['action'] {
  if (method === 'PUT' && key) return 'PutObject';
  if (method === 'DELETE' && key) return 'DeleteObject';
  if (method === 'HEAD' && key) return 'HeadObject';
  if (method === 'GET') return key ? 'GetObject' : 'ListObjectsV2';
  throw new SimulatedError('NotImplemented', 'The simulator does not serve this.', 501);
}

/** The SDK may send a body in chunks with its checksum behind them. @see sigv4-streaming-trailers.html */
function contentOf({ headers }: IncomingMessage, body: Buffer): Buffer {
  const isChunked = headers['content-encoding']?.includes('aws-chunked') || 'x-amz-decoded-content-length' in headers;
  if (!isChunked) return body;
  const chunks: Buffer[] = [];
  for (let place = 0; ; ) {
    const lineEnd = body.indexOf('\r\n', place);
    if (lineEnd < 0) break;
    const size = Number.parseInt(body.toString('latin1', place, lineEnd), 16);
    if (!(size > 0)) break;
    chunks.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
    place = lineEnd + 2 + size + 2;
  }
  return Buffer.concat(chunks);
}

function listXml(
  bucket: string,
  prefix: string,
  most: number,
  isTruncated: boolean,
  contents: readonly string[],
  last?: string,
): string {
  const token = isTruncated && last ? `<NextContinuationToken>${escaped(last)}</NextContinuationToken>` : '';
  return `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${escaped(bucket)}</Name><Prefix>${escaped(prefix)}</Prefix><KeyCount>${contents.length}</KeyCount><MaxKeys>${most}</MaxKeys><IsTruncated>${isTruncated}</IsTruncated>${token}${contents.join('')}</ListBucketResult>`;
}

function refusal(error: unknown): RawAnswer {
  const { code, message, status } =
    error instanceof SimulatedError ? error : new SimulatedError('InternalError', String(error), 500);
  const xml = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${escaped(code)}</Code><Message>${escaped(message)}</Message></Error>`;
  return new RawAnswer(status, xml, 'application/xml');
}

function preconditionFailed(): SimulatedError {
  return new SimulatedError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412);
}

function quoted(etag: string): string {
  return etag.startsWith('"') ? etag : `"${etag}"`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
