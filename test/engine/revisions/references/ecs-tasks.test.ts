import { taskReferences } from '../../../../engine/revisions/references/ecs-tasks';
import { References } from '../../../../engine/revisions/references/references';
import { reader, use } from './fake-reader';

test('tasks of every cluster count, told by the cluster’s short name', async () => {
  const references = new References();
  const tasks = async (cluster: string) => (cluster.endsWith('blue') ? [use('web:1', 'task'), use('web:1', 'task')] : []);
  expect(await taskReferences(reader({ tasks }), ['arn:x:cluster/blue', 'arn:x:cluster/green'], references)).toBe(2);
  expect(references.of({ family: 'web', revision: 1 })).toEqual(['cluster blue: task (2 times)']);
});
