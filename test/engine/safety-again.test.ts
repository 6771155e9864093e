import { holdInFaultedWorlds } from './faulted-worlds';

jest.setTimeout(900_000);

test('P-01 P-02 P-03 P-04 P-05 P-09 P-10 P-24 X-01: the promises of the safety test hold in as many further worlds', () =>
  holdInFaultedWorlds(1));
