import { App, Stack } from 'aws-cdk-lib';
import { PruneMode, RevisionPruner } from 'cdk-ecs-caretaker';

const app = new App();
const stack = new Stack(app, 'PruneOnSchedule');

new RevisionPruner(stack, 'Pruner', {
  allFamilies: true,
  exceptFamilies: ['legacy-*'],
  mode: PruneMode.DEREGISTER,
});
