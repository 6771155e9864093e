import { randomBytes } from 'node:crypto';
import { caller } from '../../engine/aws/caller';
import { modifyTraffic } from '../../engine/aws/modify-traffic';
import { SdkProbes } from '../../engine/aws/probe';
import { sdkError } from '../../engine/aws/sdk-error';
import { type Clock, DAY } from '../../engine/clock';
import type { Caller } from '../../engine/doctor/probing';
import { REFERRERS, type Referrer } from '../../lib/contract/referrers';
import { CommandError } from '../command-error';
import { Ink } from '../demo/ink';
import type { Terminal } from '../terminal';
import { endpointsOf } from './endpoints';
import { examine } from './examine';
import { type HeadRoom, headRoom, type UnknownHeadRoom } from './head-room';
import { doctorReport, isFine } from './report';
import { rightsFor } from './rights';
import { reportText } from './text';

export interface DoctorOptions {
  readonly region?: string;
  readonly profile?: string;
  /** The only account to ask in. */
  readonly account?: string;
  readonly ledger?: string;
  readonly without: readonly Referrer[];
  readonly planOnly?: boolean;
  readonly json?: boolean;
}

/** @returns the exit code: 0 nothing is missing, 2 something is */
export async function doctor(options: DoctorOptions, terminal: Terminal): Promise<number> {
  const { ledger, without, json } = options;
  const choice = {
    ...(options.region === undefined ? {} : { region: options.region }),
    ...(options.profile === undefined ? {} : { profile: options.profile }),
  };
  const who = await caller(choice).catch(unknownCaller);
  if (options.account !== undefined && options.account !== who.account) {
    throw new CommandError(`the credentials are those of account ${who.account}, not ${options.account}: nothing was asked`);
  }
  const rights = rightsFor({
    environment: who,
    deregisters: !options.planOnly,
    without,
    ...(ledger === undefined ? {} : { ledger }),
  });
  terminal.progress(`asking for ${rights.length} rights in account ${who.account}, ${who.region} ...`);
  const nobody = `cdk-ecs-caretaker-doctor-${randomBytes(8).toString('hex')}`;
  const probes = new SdkProbes({ ...choice, region: who.region }, { ...who, name: nobody, ledger: ledger ?? '' });
  try {
    const [findings, modifyBucket] = await Promise.all([
      examine(rights, probes),
      recentTraffic({ ...choice, region: who.region }),
    ]);
    const notExamined = without.map((kind) => REFERRERS[kind].name);
    const report = doctorReport({ caller: who, findings, notExamined, endpoints: endpointsOf(without), modifyBucket });
    const lines = json
      ? [JSON.stringify(report, null, 2)]
      : reportText(report, { nobody, ink: new Ink(terminal.colour), width: terminal.width });
    terminal.print(lines);
    return isFine(report) ? 0 : 2;
  } finally {
    probes.close();
  }
}

function unknownCaller(error: unknown): Caller {
  const { code, reason } = sdkError(error);
  if (/Region is missing/.test(reason)) throw new CommandError('no Region: give --region, or set AWS_REGION');
  if (code === 'CredentialsProviderError') {
    throw new CommandError(`no AWS credentials: sign in, set AWS_PROFILE, or give --profile (${reason})`);
  }
  throw new CommandError(`STS did not say who the caller is: ${code}: ${reason}`);
}

/** A right of people alone: no function needs it, and nothing is missing without it. */
async function recentTraffic(choice: { region: string; profile?: string }): Promise<HeadRoom | UnknownHeadRoom> {
  try {
    return headRoom(await modifyTraffic(choice, systemClock, systemClock.now() - DAY));
  } catch (error) {
    const { code, reason } = sdkError(error);
    return { known: false, why: `CloudTrail's LookupEvents gave no answer (${code}: ${reason})` };
  }
}

const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
