/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  // Machines are shared: a test that hangs is ended, and one that waits for its turn is not.
  testTimeout: 180_000,
  // Jest leaves a core idle by default; on two cores that is half of them.
  maxWorkers: '100%',
  testSequencer: '<rootDir>/test/heaviest-first.cjs',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/assets/', '<rootDir>/cdk.out/', '<rootDir>/packages/'],
  // Sources first: a compiled file lying about must never be what is tested.
  moduleFileExtensions: ['ts', 'js', 'cjs', 'json'],
  moduleNameMapper: {
    '^cdk-ecs-caretaker$': '<rootDir>/lib/index.ts',
    '^cdk-ecs-caretaker/client$': '<rootDir>/client/index.ts',
    '^cdk-ecs-caretaker/testing$': '<rootDir>/simulator/index.ts',
  },
  transform: {
    '\\.ts$': '<rootDir>/test/esbuild-transform.cjs',
    '/node_modules/(aws-cdk-lib|constructs|fast-check)/': '<rootDir>/test/loaded-once.cjs',
  },
  transformIgnorePatterns: ['/node_modules/(?!(aws-cdk-lib|constructs|fast-check)/)'],
  globalSetup: '<rootDir>/test/global-setup.cjs',
  globalTeardown: '<rootDir>/test/global-teardown.cjs',
};
