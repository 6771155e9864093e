import * as fc from 'fast-check';
import { readAsl } from '../../../../engine/revisions/references/asl';
import { RUN_TASK_FORMS, runTask } from '../../../../simulator/neighbors/run-task-forms';
import { TASK_DEFINITION } from './scripted-reads';

const arn = (name: string) => TASK_DEFINITION + name;
const read = (States: object) => readAsl(JSON.stringify({ StartAt: 'Run', States }));
const named = (States: object) => read(States).named.map(({ text }) => text);
const open = (States: object) => read(States).open.map(({ text }) => text);
const task = (more: object) => ({ Run: { Type: 'Task', Resource: 'arn:aws:states:::ecs:runTask', End: true, ...more } });
const pass = (more: object) => ({ First: { Type: 'Pass', Next: 'Run', ...more } });

const named1 = ['an ARN', arn('web:7')] as const;
const named2 = ['a short name', 'web:7'] as const;

describe('P-19: a task definition that a state machine runs', () => {
  test.each(RUN_TASK_FORMS.flatMap((form) => [named1, named2].map(([what, text]) => [form, what, text] as const)))(
    'as %s, by %s, is found',
    (form, _, text) => {
      const found = readAsl(JSON.stringify(runTask(text, form)));
      const exactly = found.named.some((one) => one.text === text);
      const family = found.open.some((one) => one.text.split(/[^\w-]+/).includes('web'));
      expect(exactly || family).toBe(true);
    },
  );

  test('is told with the state that holds it, the innermost one', () => {
    const Each = { Type: 'Map', ItemProcessor: { States: task({ Parameters: { TaskDefinition: 'web:7' } }) } };
    expect(read({ Each, Other: { Type: 'Pass', Result: arn('job:1') } }).named).toEqual([
      { text: 'web:7', state: 'Run' },
      { text: arn('job:1'), state: 'Other' },
    ]);
  });

  test('is found in any field whatsoever, also in the middle of a text, and only once', () => {
    const note = `run ${arn('web:7')}, or ${arn('web:8')}; TaskDefinition="web:9"`;
    expect(named({ Wait: { Comment: note, Default: note } })).toEqual([arn('web:7'), arn('web:8'), 'web:9']);
  });

  test('is found however deep the definition is nested', () => {
    const deep = `${'['.repeat(20_000)}"${arn('web:7')}"${']'.repeat(20_000)}`;
    expect(readAsl(`{"States":{"A":{"Result":${deep}}}}`).named).toEqual([{ text: arn('web:7'), state: 'A' }]);
  });

  test('is found wherever in any JSON it stands', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 4 }), (before, after) => {
        expect(named({ A: [before, { Parameters: { TaskDefinition: 'web:7' } }, after] })).toContain('web:7');
      }),
    );
  });

  test('is not taken from other texts that look like a short name', () => {
    const Overrides = { ContainerOverrides: [{ Name: 'web:1', Command: ['serve', 'http://web:80'] }] };
    const states = task({ Parameters: { Cluster: 'blue:2', TaskDefinition: 'web', Overrides } });
    expect(read(states)).toEqual({ named: [{ text: 'web', state: 'Run' }], open: [] });
  });
});

describe('a task definition that is known when the machine runs only', () => {
  test.each([
    ["States.Format('web-{}:3', $.stage)", 'web-{}:3'],
    [`States.Format('${arn('web')}:{}', $.revision)`, 'web:{}'],
    ["States.Format('it\\'s-{}', $.a)", "it\\'s-{}"],
    ['$.jobs[0]', ''],
    ["$['odd name']", 'odd name'],
  ])('by %s: what is fixed in it is told, and no word of the rest', (expression, fixed) => {
    expect(open(task({ Parameters: { 'TaskDefinition.$': expression } }))).toEqual([fixed]);
  });

  test.each([
    ["{% 'web:' & $states.input.revision %}", 'web:'],
    ["{% /* don't stop */ 'web:' & $r %}", 'web:'],
    [`{% "${arn('web-')}" & $stage & ":3" %}`, 'web- :3'],
    ["{% 'web", 'web'],
  ])('by %s', (expression, fixed) => {
    expect(open(task({ Arguments: { TaskDefinition: expression } }))).toEqual([fixed]);
  });

  test('a literal that the definition keeps under a name in the expression belongs to it, through any number of names', () => {
    const states = {
      ...pass({ Parameters: { 'job.$': '$.chosen.kind', chosen: { kind: 'web' }, other: 'not-this' } }),
      ...task({ Parameters: { 'TaskDefinition.$': "States.Format('{}:{}', $.job, $.revision)" } }),
    };
    expect(open(states)).toEqual(['{}:{} web']);
  });

  test('a whole revision that it keeps there is pinned as it is', () => {
    const states = { ...pass({ Result: { job: 'web:7' } }), ...task({ Parameters: { 'TaskDefinition.$': '$.job' } }) };
    expect(read(states)).toEqual({ named: [{ text: 'web:7', state: 'Run' }], open: [{ text: '', state: 'Run' }] });
  });

  test('names that go round in a circle end', () => {
    const states = {
      ...pass({ Parameters: { 'a.$': '$.b', 'b.$': '$.a' } }),
      ...task({ Parameters: { 'TaskDefinition.$': '$.a' } }),
    };
    expect(open(states)).toEqual(['']);
  });

  test.each([
    ['gives its input as it comes', {}, ['']],
    ['computes all of its arguments from its input', { Arguments: '{% $states.input %}' }, ['']],
    [
      'computes all of its arguments, with literals that may be those of others',
      { Arguments: "{% $merge([{'TaskDefinition': 'web:' & $r}, $x]) %}" },
      ['', 'TaskDefinition web:'],
    ],
  ])('a state that %s', (_, more, fixed) => {
    expect(open(task(more))).toEqual(fixed);
  });

  test.each([
    [
      'a state that reads which one has run',
      pass({ ResultSelector: { 'TaskDefinitionArn.$': '$.Tasks[0].TaskDefinitionArn' } }),
    ],
    [
      'a state that calls something else',
      task({ Resource: 'arn:aws:states:::lambda:invoke', Arguments: '{% $states.input %}' }),
    ],
    [
      'an update that leaves the service what it runs',
      task({ Resource: 'arn:aws:states:::aws-sdk:ecs:updateService', Parameters: {} }),
    ],
  ])('is not: %s', (_, states) => {
    expect(read(states)).toEqual({ named: [], open: [] });
  });

  test('an ARN with a gap is found where it is put together, in any field', () => {
    expect(open(pass({ Assign: { job: `{% '${arn('web-')}' & $stage & ':3' %}` } }))).toEqual(['web- :3']);
  });

  test('a long text that never closes what it opens is read in no time', () => {
    for (const evil of ["'\\'", '/*', "TaskDefinition'"]) {
      const began = process.cpuUsage();
      open(task({ Parameters: { 'TaskDefinition.$': evil.repeat(10_000) } }));
      expect(process.cpuUsage(began).user / 1000).toBeLessThan(500);
    }
  });
});

test.each(['', '[]', 'null', '"x"', '{}', '{"States":[]}', '{"States":'])('what is no definition is refused: %s', (text) => {
  expect(() => readAsl(text)).toThrow();
});
