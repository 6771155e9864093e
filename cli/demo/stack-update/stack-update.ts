import { VirtualClock } from '../../../simulator/clock';
import { told } from '../../../simulator/cloudformation/journal';
import { failures } from '../findings';
import { JumpingTime } from '../jumping-time';
import type { DemoOptions } from '../options';
import { OutputFolder } from '../output-folder';
import type { Screen } from '../screen';
import { type ExampleStack, withExampleStack } from './example-stack';
import { endOf, type Life, newWorld, playLife, type Script, type StackWorld, scriptOf } from './life';
import { pruneInUpdate } from './prune-in-update';
import { StackFunction } from './stack-function';
import { actsOfFunction, blockedByInactive, judgeLife, type StackFindings, type Staying, staying } from './stack-oracle';
import { controlLines, endingLines, lifeLines, openingLines } from './stack-screen';

const IMAGES = ['1.27', '1.28', '1.29', '1.30'].map((tag) => `public.ecr.aws/nginx/nginx:${tag}`);
const START = Date.parse('2026-03-02T09:00:00Z');

/** Three deployments of a stack with the product, and with the design to avoid; 0 only if each ended as it must. */
export async function stackUpdate({ seed }: Pick<DemoOptions, 'seed'>, screen: Screen): Promise<number> {
  const began = performance.now();
  const { ink, width } = screen;
  screen.live('  synthesizing the example app');
  return withExampleStack(IMAGES, async (example) => {
    const script = scriptOf(seed);
    screen.lines(...openingLines(example, ink, width));
    const ours = await withTheFunction(example, script);
    screen.lines(...lifeLines(ours.life, ours.stays, example, ink, width));
    const control = await withTheOldDesign(example, script);
    screen.lines(...controlLines(control, example, ink, width));

    const blocked = blockedByInactive(control.happenings);
    const folder = new OutputFolder('demo-out');
    const files = [
      [folder.write('stack-update.log.jsonl', ours.log), "the function's own log and metrics"],
      [folder.write('stack-update.txt', journal(ours.life)), 'all that CloudFormation did'],
      [folder.write('stack-update.control.txt', journal(control)), 'the same, with the old design'],
    ] as const;
    const isWell = failures(Object.values(ours.findings).flat()) === 0 && ours.pruned > 0 && blocked > 0;
    const realMs = performance.now() - began;
    screen.lines(...endingLines({ ...ours, blocked, isWell, files, realMs }, ink, width));
    return isWell ? 0 : 1;
  });
}

interface Told {
  readonly life: Life;
  readonly findings: StackFindings;
  readonly stays: Staying;
  /** How many revisions the function deregistered. */
  readonly pruned: number;
  readonly log: string;
}

async function withTheFunction(example: ExampleStack, script: Script): Promise<Told> {
  const time = new JumpingTime(START);
  const clock = { now: () => Date.now(), advance: (ms: number) => time.advanceTo(time.now() + ms) };
  let lambda: StackFunction | undefined;
  try {
    const world: StackWorld = newWorld(clock, script.seed, () => async (event) => lambda?.answer(event));
    lambda = await StackFunction.start(example, world, time);
    const life = await playLife(example, script, world);
    const { active, ran } = endOf(life);
    const stays = staying(active, ran, example.settings);
    const findings = judgeLife(life.happenings, world.ecs.log.destructive, example.settings, lambda.answersTo, stays);
    return { life, findings, stays, pruned: actsOfFunction(life.happenings).length, log: lambda.log };
  } finally {
    await lambda?.stop();
    time.uninstall();
  }
}

function withTheOldDesign(example: ExampleStack, script: Script): Promise<Life> {
  const world: StackWorld = newWorld(new VirtualClock(START), script.seed, () => old);
  const old = pruneInUpdate(world.ecs, example.settings.keepLatest);
  return playLife(example, script, world);
}

function journal({ happenings }: Life): string {
  return happenings.map(told).join('\n');
}
