export * from './function/function-options';
export * from './revisions/prune-mode';
export * from './revisions/prune-rule';
export * from './revisions/revision-pruner';
export * from './revisions/revision-pruner-props';
