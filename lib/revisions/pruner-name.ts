import { Names, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

// What CloudWatch takes as the value of a dimension, and short enough to stand in an alarm's description.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html
const DIMENSION_VALUE = /^(?!:)[\x21-\x7e](?:[\x20-\x7e]{0,510}[\x21-\x7e])?$/;

/** A name for people that no other pruner of the account and Region has: the stack's name, and the path from there. */
export function prunerName(construct: Construct): string {
  let stack = Stack.of(construct);
  while (stack.nestedStackParent) stack = stack.nestedStackParent;
  const path = construct.node.path.slice(stack.node.path.length).replace(/^\//, '');
  const name = `${stack.stackName}/${path}`;
  return DIMENSION_VALUE.test(name) ? name : Names.uniqueResourceName(construct, { maxLength: 255 });
}
