import type { IConstruct } from 'constructs';
import { type Fault, faultText } from '../contract/fault';

/**
 * Ends the synthesis when props are wrong, telling every fault of the construct in one message.
 *
 * @throws Error `[Stack/Pruner] 'keepLatest' must be a whole number from 1 to 1000000, got: 0`
 */
export function refuse(construct: IConstruct, faults: readonly Fault[]): void {
  if (faults.length > 0) throw new Error(`[${construct.node.path}] ${faults.map(faultText).join('; ')}`);
}
