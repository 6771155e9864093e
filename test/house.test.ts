import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import * as path from 'node:path';
import * as ts from 'typescript';

const ROOT = path.join(__dirname, '..');
const ROOMS = ['lib', 'engine', 'lambda', 'cli', 'client', 'simulator'];
const BUILT_IN = new Set(builtinModules);

/** Source files by their path from the root, with `/`. */
type Sources = ReadonlyMap<string, string>;

/** What a room may import: other rooms by folder, packages by name. The first line that fits a file decides. */
interface Wall {
  readonly room: string;
  readonly may: readonly (string | RegExp)[];
}

const SDK = /^@(aws-sdk|smithy)\//;
const NODE = /^node:/;
const WALLS: readonly Wall[] = [
  { room: 'lib/contract', may: ['lib/contract'] },
  // Node's path finds the bundles beside the compiled library.
  { room: 'lib', may: ['lib', /^aws-cdk-lib(\/|$)/, /^constructs$/, /^node:path$/] },
  { room: 'engine/aws', may: ['engine', 'lib/contract', NODE, SDK] },
  { room: 'engine', may: ['engine', 'lib/contract', NODE] },
  { room: 'lambda', may: ['lambda', 'engine', 'lib/contract', NODE, /^@aws-lambda-powertools\//, /^aws-lambda$/] },
  {
    room: 'cli',
    may: ['cli', 'engine', 'lib/contract', 'simulator', 'client', NODE, /^@sinonjs\/fake-timers$/, /^table$/, /^commander$/],
  },
  { room: 'client', may: ['client', 'lib/contract', NODE] },
  { room: 'simulator', may: ['simulator', 'lib/contract', NODE] },
];

const PURE_NAMES = /(^|[/-])(plan|guards?|verdict)\.ts$/;
/** The middle of the client: what follows from an event, whatever the clock and the agent. */
const CLIENT_PURE =
  /^client\/(step|settle|holds|next-request|certainty|draft|lease|protection-state|agent-answer|hold-terms|notice-text)\.ts$/;
const isPure = (file: string) =>
  file.startsWith('lib/contract/') || CLIENT_PURE.test(file) || (file.startsWith('engine/') && PURE_NAMES.test(file));
const CATCH_ALL = /(^|\/)(utils?|helpers?|common|shared|misc)(\/|\.ts$)/;

const inside = (room: string, file: string) => file.startsWith(`${room}/`);

function importsOf(text: string): string[] {
  const { importedFiles } = ts.preProcessFile(text, true, true);
  return importedFiles.map(({ fileName }) => fileName);
}

/** The file of this package that an import means, or `undefined` for a package. */
function target(file: string, specifier: string, sources: Sources): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const base = path.posix.join(path.posix.dirname(file), specifier).replace(/\.js$/, '');
  return [base, `${base}.ts`, `${base}/index.ts`].find((candidate) => sources.has(candidate)) ?? base;
}

function allowed(file: string, specifier: string, wall: Wall, sources: Sources): boolean {
  const own = target(file, specifier, sources);
  // `fs` means `node:fs`.
  const name = BUILT_IN.has(specifier) ? `node:${specifier}` : specifier;
  return wall.may.some((door) =>
    typeof door === 'string' ? own !== undefined && inside(door, own) : own === undefined && door.test(name),
  );
}

function importBreaches(sources: Sources): string[] {
  const breaches: string[] = [];
  for (const [file, text] of sources) {
    const wall = WALLS.find(({ room }) => inside(room, file));
    for (const specifier of importsOf(text)) {
      if (!wall || !allowed(file, specifier, wall, sources)) breaches.push(`${file} imports ${specifier}`);
      const own = target(file, specifier, sources);
      if (own?.endsWith('/index.ts') || specifier.startsWith('cdk-ecs-caretaker')) {
        breaches.push(`${file} imports ${specifier}, an index of its own package`);
      }
    }
  }
  return breaches;
}

const IMPURE: ReadonlyMap<string, RegExp> = new Map([
  ['the clock', /^(Date|performance)\.now$|^new Date$/],
  ['randomness', /^Math\.random$|^crypto$/],
  ['the process', /^process$/],
  ['a timer', /^set(Timeout|Interval|Immediate)$/],
  ['I/O', /^(fetch|console)$/],
]);

function impurities(file: string, text: string): string[] {
  const nodes = nodesOf(file, text);
  const waits = nodes.filter((node) => ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier));
  const spelt = nodes.map(speltAs).filter((name) => name !== undefined);
  return [
    ...waits.map(() => `${file} uses await`),
    ...[...IMPURE].flatMap(([what, pattern]) =>
      spelt.filter((name) => pattern.test(name)).map((name) => `${file} uses ${what}: ${name}`),
    ),
    ...importsOf(text)
      .filter((specifier) => BUILT_IN.has(specifier.replace(NODE, '')))
      .map((specifier) => `${file} imports ${specifier}`),
  ];
}

function readsEnvironment(file: string, text: string): boolean {
  return nodesOf(file, text).some((node) => speltAs(node) === 'process.env');
}

function nodesOf(file: string, text: string): ts.Node[] {
  const nodes: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    nodes.push(node);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true));
  return nodes;
}

function speltAs(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) return `${node.expression.getText()}.${node.name.text}`;
  // `new Date(text)` reads a text; `new Date()` reads the clock.
  if (ts.isNewExpression(node) && !node.arguments?.length) return `new ${node.expression.getText()}`;
  const isName = ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node.parent) && !ts.isPropertyAssignment(node.parent);
  if (isName) return node.text;
  return ts.isIdentifier(node) && ts.isPropertyAccessExpression(node.parent) && node.parent.expression === node
    ? node.text
    : undefined;
}

/** Every import cycle once, as the files along it. Type imports count: they couple as well. */
function cycles(sources: Sources): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const follow = (file: string, trail: readonly string[]): void => {
    const at = trail.indexOf(file);
    if (at >= 0) found.push([...trail.slice(at), file].join(' -> '));
    if (at >= 0 || done.has(file)) return;
    for (const specifier of importsOf(sources.get(file) ?? '')) {
      const next = target(file, specifier, sources);
      if (next && sources.has(next)) follow(next, [...trail, file]);
    }
    done.add(file);
  };
  for (const file of sources.keys()) follow(file, []);
  return found;
}

function readSources(): Sources {
  const files = ROOMS.filter((room) => existsSync(path.join(ROOT, room))).flatMap((room) =>
    readdirSync(path.join(ROOT, room), { recursive: true, encoding: 'utf8' }).map((file) => path.join(room, file)),
  );
  return new Map(
    files
      .filter((file) => file.endsWith('.ts') && statSync(path.join(ROOT, file)).isFile())
      .map((file) => [file.split(path.sep).join('/'), readFileSync(path.join(ROOT, file), 'utf8')]),
  );
}

describe('the house', () => {
  const sources = readSources();

  test('every room imports only what its wall lets through, and no index of its own package', () => {
    expect(importBreaches(sources)).toEqual([]);
  });

  test('no files import each other in a circle', () => {
    expect(cycles(sources)).toEqual([]);
  });

  test('the contract, plans, guards, verdicts and the middle of the client have no await, clock, randomness or I/O', () => {
    const pure = [...sources].filter(([file]) => isPure(file));
    expect(pure.length).toBeGreaterThan(10);
    expect(pure.flatMap(([file, text]) => impurities(file, text))).toEqual([]);
  });

  test('the library, the engine and the simulator read no environment', () => {
    const rooms = [...sources].filter(([file]) => /^(lib|engine|simulator)\//.test(file));
    expect(rooms.filter(([file, text]) => readsEnvironment(file, text)).map(([file]) => file)).toEqual([]);
  });

  test('of the client, one file alone reads the environment', () => {
    const client = [...sources].filter(([file]) => file.startsWith('client/'));
    const readers = client.filter(([file, text]) => readsEnvironment(file, text) || text.includes('= process;'));
    expect(readers.map(([file]) => file)).toEqual(['client/task-protection-client.ts']);
  });

  test('every file is named for what it holds', () => {
    expect([...sources.keys()].filter((file) => CATCH_ALL.test(file))).toEqual([]);
  });
});

describe('the check itself', () => {
  const files = (entries: Record<string, string>) => new Map(Object.entries(entries));

  test.each([
    ['lib/contract/a.ts', "import { b } from 'node:crypto';"],
    ['lib/contract/a.ts', "import { b } from '../revisions/b';"],
    ['lib/revisions/a.ts', "import { b } from '../../engine/b';"],
    ['lib/revisions/a.ts', "import type { B } from '@aws-sdk/client-ecs';"],
    ['lib/revisions/a.ts', "import fs from 'fs';"],
    ['engine/revisions/a.ts', "import { ECSClient } from '@aws-sdk/client-ecs';"],
    ['engine/aws/a.ts', "import { App } from 'aws-cdk-lib';"],
    ['engine/a.ts', "import type { Context } from 'aws-lambda';"],
    ['engine/a.ts', "export { b } from '../lambda/b';"],
    ['engine/a.ts', "const b = await import('../simulator/b');"],
    ['lambda/a.ts', "import { RevisionPruner } from '../lib/revisions/revision-pruner';"],
    ['client/a.ts', "import { ECSClient } from '@aws-sdk/client-ecs';"],
    ['client/a.ts', "import { App } from 'aws-cdk-lib';"],
    ['client/a.ts', "import { b } from '../engine/b';"],
    ['client/a.ts', "import { b } from '../lib/protection/b';"],
    ['client/a.ts', "import { b } from '../simulator/b';"],
    ['simulator/a.ts', "const b = require('../engine/b');"],
    ['elsewhere/a.ts', "import { b } from 'b';"],
  ])('refuses in %s: %s', (file, text) => {
    expect(importBreaches(files({ [file]: text }))).toHaveLength(1);
  });

  test('refuses an index of the own package, by its path and by the package name', () => {
    const sources = files({
      'lib/index.ts': '',
      'lib/a/b.ts': "import { c } from '..';",
      'simulator/a.ts': "import 'cdk-ecs-caretaker';",
    });
    expect(importBreaches(sources)).toEqual([
      'lib/a/b.ts imports .., an index of its own package',
      'simulator/a.ts imports cdk-ecs-caretaker',
      'simulator/a.ts imports cdk-ecs-caretaker, an index of its own package',
    ]);
  });

  test('sees a circle through three files, and none in a diamond', () => {
    const ring = files({ 'engine/a.ts': "import './b';", 'engine/b.ts': "import './c';", 'engine/c.ts': "import './a';" });
    expect(cycles(ring)).toEqual(['engine/a.ts -> engine/b.ts -> engine/c.ts -> engine/a.ts']);
    const diamond = files({
      'a/a.ts': "import './b';\nimport './c';",
      'a/b.ts': "import './d';",
      'a/c.ts': "import './d';",
      'a/d.ts': '',
    });
    expect(cycles(diamond)).toEqual([]);
  });

  test.each([
    'async function f() { await g(); }',
    'for await (const a of b) c(a);',
    'const now = Date.now();',
    'const now = new Date();',
    'const id = Math.random();',
    'const mode = process.env.MODE;',
    "console.log('x');",
    "import { readFileSync } from 'node:fs';",
  ])('finds the impurity in: %s', (text) => {
    expect(impurities('engine/revisions/plan.ts', text)).not.toEqual([]);
  });

  test('sees an environment that is read', () => {
    expect(readsEnvironment('engine/a.ts', "const region = process.env['AWS_REGION'];")).toBe(true);
    expect(readsEnvironment('engine/a.ts', 'const { pid } = process;')).toBe(false);
  });

  test('lets a pure file read a date from a text', () => {
    expect(impurities('engine/revisions/plan.ts', 'const at = new Date(text).getTime(); const plan = { process: 1 };')).toEqual(
      [],
    );
  });

  test.each(['engine/utils.ts', 'lib/common/a.ts', 'simulator/helpers/a.ts', 'cli/shared.ts'])(
    'finds the catch-all name %s',
    (file) => {
      expect(CATCH_ALL.test(file)).toBe(true);
    },
  );
});
