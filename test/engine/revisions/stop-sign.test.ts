import { StopSign } from '../../../engine/revisions/stop-sign';
import { VirtualClock } from '../../../simulator';
import { MemoryLedger } from '../memory-ledger';

class CountingLedger extends MemoryLedger {
  reads = 0;
  override async read(key: string) {
    this.reads += 1;
    return super.read(key);
  }
}

test('is looked at again within ten seconds, and not more often than needed; once up it stays up for the run', async () => {
  const clock = new VirtualClock(0);
  const ledger = new CountingLedger();
  const sign = new StopSign(ledger, clock);
  for (let second = 0; second < 30; second += 1) {
    if (second === 20) await ledger.write('stop', 'anything');
    const up = await sign.isUp();
    if (second < 20) expect(up).toBe(false);
    clock.advance(1000);
  }
  expect(await sign.isUp()).toBe(true);
  expect(ledger.reads).toBeLessThanOrEqual(4);
  await ledger.remove('stop');
  expect(await sign.isUp()).toBe(true);
});

test('that cannot be looked at is an error: nobody can tell, so nothing may be done', async () => {
  const ledger = new MemoryLedger();
  ledger.read = () => Promise.reject(new Error('ledger, stop: AccessDenied'));
  await expect(new StopSign(ledger, new VirtualClock(0)).isUp()).rejects.toThrow('ledger, stop: AccessDenied');
});
