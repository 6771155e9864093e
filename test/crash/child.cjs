// One invocation of the function's bundle in a process of its own, for a test that kills it.
const { handler } = require(process.argv[2]);

const deadline = Date.now() + 15 * 60_000;
const context = {
  functionName: 'pruner',
  invokedFunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:pruner',
  getRemainingTimeInMillis: () => deadline - Date.now(),
};
handler({}, context).then((answer) => process.stdout.write(`\n${JSON.stringify(answer)}\n`));
