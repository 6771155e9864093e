// Mutation testing of the code that decides what may go: see docs/mutation.md.
export default {
  testRunner: 'jest',
  plugins: ['@stryker-mutator/jest-runner'],
  coverageAnalysis: 'perTest',
  mutate: [
    'engine/revisions/{plan,guards,standing,ages,scope,act-order,act,act-queue,last-look,deregistration}.ts',
    'engine/revisions/journal.ts',
    'engine/revisions/references/{elsewhere,denied,stack-owners}.ts',
    'engine/aws/{answer,wire-answer,whole-answer,service-reads,mentions}.ts',
    'engine/stack/request-verdict.ts',
    'lib/contract/{family-pattern,arn}.ts',
  ],
  jest: {
    projectType: 'custom',
    configFile: 'jest.config.cjs',
    // Only the tests of these files themselves: a mutant that only a random world finds is a promise nobody wrote down.
    config: {
      setupFiles: ['<rootDir>/test/without-shrinking.cjs'],
      testMatch: [
        '<rootDir>/test/engine/revisions/{plan,guards,standing,ages,scope,act-order,act,act-queue,journal,deregistration}.test.ts',
        '<rootDir>/test/engine/revisions/references/{elsewhere,denied,stack-owners}.test.ts',
        '<rootDir>/test/engine/aws/{answer,wire-answer,whole-answer,service-reads,mentions}.test.ts',
        '<rootDir>/test/engine/stack/request-verdict.test.ts',
        '<rootDir>/test/lib/contract/{contract,family-pattern,arn}.test.ts',
      ],
    },
  },
  // Only what those tests import goes into the sandbox.
  ignorePatterns: ['*', ...['engine', 'lib', 'simulator', 'test', 'schema'].map((room) => `!${room}/**`), '!jest.config.cjs'],
  tempDirName: '.tmp/stryker',
  cleanTempDir: 'always',
  concurrency: 2,
  reporters: ['progress-append-only', 'clear-text', 'json'],
  clearTextReporter: { allowColor: false, reportTests: false },
  jsonReporter: { fileName: '.tmp/mutation.json' },
  thresholds: { high: 100, low: 95, break: 95 },
};
