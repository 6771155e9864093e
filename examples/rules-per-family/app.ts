import { App, Duration, Stack } from 'aws-cdk-lib';
import { RevisionPruner } from 'cdk-ecs-caretaker';

const app = new App();
const stack = new Stack(app, 'RulesPerFamily');

new RevisionPruner(stack, 'Pruner', {
  rules: [
    { families: ['payments', 'payments-*'], keepLatest: 50, minAge: Duration.days(90) },
    { families: ['preview-*'], keepLatest: 1, minAge: Duration.hours(6) },
    { allFamilies: true },
  ],
  minAge: Duration.days(14),
});
