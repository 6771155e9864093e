import { borrowNode, nodeGlobal } from './borrowed-node';

test('Node has its own time and output again, also when a run that was given up on ends after another has begun', () => {
  const { Date: own, process } = nodeGlobal;
  const { write } = process.stdout;
  const givenUpOn = borrowNode([]);
  const output: string[] = [];
  const giveBack = borrowNode(output);
  givenUpOn();
  process.stdout.write('said');
  expect([nodeGlobal.Date, output]).toEqual([globalThis.Date, ['said']]);
  giveBack();
  expect(nodeGlobal.Date).toBe(own);
  expect(process.stdout.write).toBe(write);
  expect(own).not.toBe(globalThis.Date);
});
