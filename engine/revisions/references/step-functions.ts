import { text } from '../../aws/answer';
import { mentions } from '../../aws/mentions';
import { IncompleteScan } from '../../incomplete-scan';
import { type AslTaskDefinitions, readAsl } from './asl';
import type { Json, Pins, ReferrerScan, ServiceReads } from './referrer';

const LARGEST_PAGE = 1000;

const ENCRYPTED: Readonly<Record<string, string>> = {
  KmsAccessDeniedException:
    'its definition is encrypted, and kms:Decrypt on its key is denied: allow it in the policy of the reading role and of the key',
  KmsInvalidStateException:
    'its definition is encrypted with a key that is disabled or is being deleted: enable the key, or delete the state machine',
};
const OR_TOLERATE = "or name STEP_FUNCTIONS in 'tolerateDenied'";

/** State machines of both types, and their published versions. */
export const stepFunctions: ReferrerScan = {
  async scan(reads, pins) {
    const machines = await reads.list('ListStateMachines', { maxResults: LARGEST_PAGE });
    const known = PUBLISHED.get(reads);
    const published: Published = new Map();
    for (const machine of machines) {
      const arn = text(machine.stateMachineArn, 'ListStateMachines');
      const where = `Step Functions state machine ${text(machine.name, 'ListStateMachines')}`;
      pins.mentions(machine, where);
      // Before its versions: what is published from this definition meanwhile is then seen in either place.
      tell(await describe(reads, arn, where, pins), where, pins);
      for (const version of await versions(reads, arn)) {
        const versionArn = text(version.stateMachineVersionArn, 'ListStateMachineVersions');
        const whereVersion = `${where}, version ${versionArn.slice(versionArn.lastIndexOf(':') + 1)}`;
        pins.mentions(version, whereVersion);
        const key = JSON.stringify([versionArn, version.creationDate]);
        const found = known?.get(key) ?? (await describe(reads, versionArn, whereVersion, pins));
        if (found && version.creationDate !== undefined) published.set(key, found);
        tell(found, whereVersion, pins);
      }
    }
    PUBLISHED.set(reads, published);
    return machines.length;
  },
};

type Published = Map<string, AslTaskDefinitions>;

/** A published version never changes, and a run looks again and again: each is read once for as long as its reader lives. */
const PUBLISHED = new WeakMap<ServiceReads, Published>();

function versions(reads: ServiceReads, stateMachineArn: string): Promise<readonly Json[]> {
  return reads.list('ListStateMachineVersions', { stateMachineArn, maxResults: LARGEST_PAGE });
}

/** Never by its metadata alone: those come without the definition, and with no word of it. */
async function describe(
  reads: ServiceReads,
  stateMachineArn: string,
  where: string,
  pins: Pins,
): Promise<AslTaskDefinitions | undefined> {
  const name = `DescribeStateMachine (${where})`;
  const answer = await reads.get('DescribeStateMachine', { stateMachineArn }).catch((error: unknown) => {
    if (!(error instanceof IncompleteScan)) throw error;
    const told = error.why;
    const hint = ENCRYPTED[error.code ?? ''];
    if (!hint) throw new IncompleteScan(name, told, error.code);
    pins.denied(where, new IncompleteScan(name, `${hint}, ${OR_TOLERATE} (${told})`, error.code));
    return undefined;
  });
  if (!answer) return undefined;
  const { definition, ...rest } = answer;
  try {
    const found = readAsl(text(definition, name));
    // What stands beside the definition today names none; a field that is newer than this release may.
    return { ...found, named: [...found.named, ...mentions(rest).map((mention) => ({ text: mention.text }))] };
  } catch (error) {
    if (error instanceof IncompleteScan) throw error;
    // The definition may hold secrets, and what stumbles over it quotes it.
    throw new IncompleteScan(name, 'its definition cannot be read');
  }
}

function tell(found: AslTaskDefinitions | undefined, where: string, pins: Pins): void {
  const place = (state?: string) => (state === undefined ? where : `${where}, state ${state}`);
  for (const { text: taskDefinition, state } of found?.named ?? []) pins.pin(taskDefinition, place(state));
  for (const { text: expression, state } of found?.open ?? []) pins.unresolved(expression, place(state));
}
