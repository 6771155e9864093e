/** The DNS suffix of each partition's endpoints. */
const DNS_SUFFIX: Readonly<Record<string, string>> = {
  aws: 'amazonaws.com',
  'aws-us-gov': 'amazonaws.com',
  'aws-cn': 'amazonaws.com.cn',
  'aws-eusc': 'amazonaws.eu',
  'aws-iso': 'c2s.ic.gov',
  'aws-iso-b': 'sc2s.sgov.gov',
  'aws-iso-e': 'cloud.adc-e.uk',
  'aws-iso-f': 'csp.hci.ic.gov',
};

/** `BUCKET.s3.REGION`, `BUCKET.s3-REGION`, `BUCKET.s3`, with `dualstack`, and each with the bucket in the path instead. */
const S3_HOST =
  /^(?:[a-z0-9][a-z0-9.-]{1,62}\.)?s3(?:[.-]external-1|(?:\.dualstack\.|[.-])[a-z]{2,4}(?:-[a-z]{2,12}){1,3}-\d{1,2})?$/;
const LONGEST = 8192;

/**
 * The address to which CloudFormation wants an answer, if it can be one: https, to S3 of the partition, and to nothing
 * else. The text is a credential: whoever has it may answer.
 */
export function responseUrl(text: unknown, partition: string): URL | undefined {
  if (typeof text !== 'string' || text.length > LONGEST || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const suffix = DNS_SUFFIX[partition];
  if (suffix === undefined || url.protocol !== 'https:' || url.port !== '' || url.username !== '' || url.password !== '') {
    return undefined;
  }
  const { hostname } = url;
  if (hostname.length > 253 || !hostname.endsWith(`.${suffix}`)) return undefined;
  return S3_HOST.test(hostname.slice(0, -suffix.length - 1)) ? url : undefined;
}
