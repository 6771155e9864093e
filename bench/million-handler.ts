import type { EcsSimulator } from '../simulator/ecs-simulator';
import { EventBus } from '../simulator/event-bus';
import { ObjectStore } from '../simulator/object-store';
import { startServer } from '../simulator/server';
import { type Figures, rounded, runAlone } from './figures';
import { FLAGS, type HandledTick, handledTicks, MEMORY_MB } from './handler-process';
import { MillionAccount, SkippingClock } from './million-account';

const START = Date.parse('2026-11-02T03:00:00Z');
const SHAPES = [1, 2_000, 100_000];

const SETTINGS = {
  version: 1,
  mode: 'DEREGISTER',
  rules: [{ allFamilies: true, keepLatest: 2, minAgeMinutes: 7 * 24 * 60 }],
  exceptFamilies: [],
  keepSuccessfulDeployments: 3,
  noticePeriodMinutes: 24 * 60,
  actionsPerSecond: 0.5,
  keepTag: 'cdk-ecs-caretaker:keep',
};

/** A million revisions: one tick that announces them, one that begins to let them go. */
async function handled(revisions: number, families: number): Promise<HandledTick[]> {
  const account = new MillionAccount({ revisions, families }, new SkippingClock(START));
  const ecs = { call: account.call } as unknown as EcsSimulator;
  const objects = new ObjectStore({ clock: { now: () => START }, listAllowed: true });
  const server = await startServer({ ecs, objects, events: new EventBus() });
  try {
    return await handledTicks({ url: server.url, settings: SETTINGS, start: START });
  } finally {
    await server.close();
  }
}

/** What the whole process of the function takes at most: what Lambda would end it for. */
export async function millionHandler(revisions = 1_000_000): Promise<Figures> {
  const shapes: { families: number; peakMb: number; ticks: HandledTick[] }[] = [];
  for (const families of SHAPES) {
    const ticks = await handled(revisions, families);
    shapes.push({ families, peakMb: Math.max(...ticks.map(({ peakRssMb }) => peakRssMb)), ticks });
  }
  return {
    bench: 'million-handler',
    figures: { revisions, flags: FLAGS, shapes },
    rows: [
      ['families', 'peak MB', 'after the first tick', 'announced, then went'],
      ...shapes.map(({ families, peakMb, ticks: [first, second] }) => [
        families,
        peakMb,
        first?.peakRssMb ?? 0,
        `${first?.outcome}, ${second?.outcome} ${second?.deregistered}`,
      ]),
    ],
    gates: shapes.flatMap(({ families, peakMb, ticks: [first, second] }) => {
      const isWell = first?.outcome === 'done' && second?.outcome === 'done' && second.deregistered > 0;
      return [
        { what: `the function, ${revisions} revisions in ${families}: MB in all`, value: peakMb, most: MEMORY_MB },
        {
          what: `the function, ${revisions} revisions in ${families}: ticks that did not end well`,
          value: isWell ? 0 : 1,
          most: 0,
        },
      ];
    }),
    summary: Object.fromEntries(
      shapes.map(({ families, peakMb }) => [
        `the function of 256 MB, ${revisions} revisions in ${families}`,
        `${rounded(peakMb)} MB in all`,
      ]),
    ),
  };
}

runAlone(module, () => millionHandler());
