export * from './function/function-options';
export * from './protection/protected-tasks';
export * from './protection/task-scale-in-protection';
export * from './protection/task-scale-in-protection-props';
export * from './revisions/prune-mode';
export * from './revisions/prune-rule';
export * from './revisions/revision-pruner';
export * from './revisions/revision-pruner-props';
