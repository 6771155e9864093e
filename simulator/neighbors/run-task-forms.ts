/** An ARN of a revision, or `family:revision`, as what stands before the number, and the number. */
function split(taskDefinition: string): { family: string; revision: string } {
  const at = taskDefinition.lastIndexOf(':');
  return { family: taskDefinition.slice(0, at), revision: taskDefinition.slice(at + 1) };
}

const run = (more: object) => ({ Type: 'Task', Resource: 'arn:aws:states:::ecs:runTask.sync', End: true, ...more });
const machine = (States: object) => ({ StartAt: Object.keys(States)[0], States });
const jsonata = (States: object) => ({ QueryLanguage: 'JSONata', ...machine(States) });
const override = { ContainerOverrides: [{ Name: 'web', Environment: [{ Name: 'TOKEN', Value: 'a secret' }] }] };

/** The ways in which a definition in the Amazon States Language can say which task definition it runs. */
const FORMS = {
  'an optimized integration': (TaskDefinition: string) =>
    machine({ Run: run({ Resource: 'arn:aws:states:::ecs:runTask', Parameters: { TaskDefinition } }) }),
  'waiting for the task': (TaskDefinition: string) =>
    machine({ Run: run({ Parameters: { TaskDefinition, Overrides: override } }) }),
  'waiting for a token': (TaskDefinition: string) =>
    machine({ Run: run({ Resource: 'arn:aws:states:::ecs:runTask.waitForTaskToken', Parameters: { TaskDefinition } }) }),
  'an SDK integration': (TaskDefinition: string) =>
    machine({ Run: run({ Resource: 'arn:aws:states:::aws-sdk:ecs:runTask', Parameters: { TaskDefinition } }) }),
  'an update of a service': (TaskDefinition: string) =>
    machine({
      Run: run({ Resource: 'arn:aws:states:::aws-sdk:ecs:updateService', Parameters: { Service: 's', TaskDefinition } }),
    }),
  'inside a map': (TaskDefinition: string) =>
    machine({ Each: { Type: 'Map', ItemProcessor: machine({ Run: run({ Parameters: { TaskDefinition } }) }), End: true } }),
  'inside the old form of a map': (TaskDefinition: string) =>
    machine({ Each: { Type: 'Map', Iterator: machine({ Run: run({ Parameters: { TaskDefinition } }) }), End: true } }),
  'inside branches': (TaskDefinition: string) =>
    machine({ Both: { Type: 'Parallel', Branches: [machine({ Run: run({ Parameters: { TaskDefinition } }) })], End: true } }),
  'arguments in JSONata': (TaskDefinition: string) => jsonata({ Run: run({ Arguments: { TaskDefinition } }) }),
  'a schedule that it creates': (TaskDefinitionArn: string) =>
    machine({
      Plan: run({
        Resource: 'arn:aws:states:::aws-sdk:scheduler:createSchedule',
        Parameters: { Target: { EcsParameters: { TaskDefinitionArn } } },
      }),
    }),
  'JSON in a text': (taskDefinition: string) =>
    machine({
      Plan: run({
        Resource: 'arn:aws:states:::aws-sdk:scheduler:createSchedule',
        Parameters: { Target: { Input: JSON.stringify({ taskDefinition, cluster: 'blue' }) } },
      }),
    }),
  'a path to what a state before it gives': (taskDefinition: string) =>
    machine({
      Choose: { Type: 'Pass', Result: { job: taskDefinition }, Next: 'Run' },
      Run: run({ Parameters: { 'TaskDefinition.$': '$.job' } }),
    }),
  'a formatted text': (taskDefinition: string) =>
    machine({
      Run: run({ Parameters: { 'TaskDefinition.$': `States.Format('${split(taskDefinition).family}:{}', $.revision)` } }),
    }),
  'a formatted text of two fields': (taskDefinition: string) =>
    machine({
      Choose: { Type: 'Pass', Result: { job: split(taskDefinition).family }, ResultPath: '$.chosen', Next: 'Run' },
      Run: run({ Parameters: { 'TaskDefinition.$': "States.Format('{}:{}', $.chosen.job, $.revision)" } }),
    }),
  'an expression in JSONata': (taskDefinition: string) => {
    const { family } = split(taskDefinition);
    return jsonata({ Run: run({ Arguments: { TaskDefinition: `{% '${family}:' & $states.input.revision %}` } }) });
  },
  'a variable in JSONata': (taskDefinition: string) =>
    jsonata({
      Choose: { Type: 'Pass', Assign: { job: taskDefinition }, Next: 'Run' },
      Run: run({ Arguments: { TaskDefinition: '{% $job %}' } }),
    }),
  'one expression for all arguments': (taskDefinition: string) =>
    jsonata({ Run: run({ Arguments: `{% {'TaskDefinition': '${taskDefinition}', 'Cluster': $states.input.cluster} %}` }) }),
} as const satisfies Record<string, (taskDefinition: string) => object>;

export type RunTaskForm = keyof typeof FORMS;

export const RUN_TASK_FORMS = Object.keys(FORMS) as readonly RunTaskForm[];

/** A definition that runs a task definition, given as an ARN or as `family:revision`. */
export function runTask(taskDefinition: string, form: RunTaskForm = 'waiting for the task'): object {
  return FORMS[form](taskDefinition);
}
