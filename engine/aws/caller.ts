import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Caller } from '../doctor/probing';
import type { SdkChoice } from './probe';
import { REQUEST_TIMES } from './request-times';

/** Who the SDK's credentials belong to; everybody may ask. @see API_GetCallerIdentity */
export async function caller(choice: SdkChoice): Promise<Caller> {
  const client = new STSClient({ ...choice, maxAttempts: 2, requestHandler: REQUEST_TIMES });
  try {
    const region = await client.config.region();
    const { Account: account, Arn: arn } = await client.send(new GetCallerIdentityCommand({}));
    const [, partition] = /^arn:([a-z0-9-]+):/.exec(arn ?? '') ?? [];
    if (!account || !arn || !partition) throw new Error('STS answered without an account or an ARN');
    return { account, arn, partition, region };
  } finally {
    client.destroy();
  }
}
