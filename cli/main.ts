import { run } from './program';

// Whoever reads may stop reading, e.g. `| head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

// What the SDK will need of Node one day is for whoever builds this, not for whoever runs it.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

run(process.argv.slice(2)).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    process.stderr.write(`cdk-ecs-caretaker: this should not happen: ${String(error)}\n`);
    process.exitCode = 1;
  },
);
