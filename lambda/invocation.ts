import type { Context } from 'aws-lambda';
import type { Environment } from '../lib/contract/arn';

/** An environment variable that the construct sets. */
export function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`the environment variable ${name} is not set: the construct sets it, deploy again`);
  return value;
}

export function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`the environment variable ${name} holds no JSON: the construct sets it, deploy again`);
  }
}

/** Where the function runs, by its own ARN: `arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME`. */
export function environmentOf({ invokedFunctionArn }: Context): Environment {
  const [, partition, , region, account] = invokedFunctionArn.split(':');
  if (!partition || !region || !account) throw new Error('the function does not know where it runs: its ARN cannot be read');
  return { partition, region, account };
}
