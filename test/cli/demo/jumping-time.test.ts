import { readFile } from 'node:fs/promises';
import { createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { JumpingTime } from '../../../cli/demo/jumping-time';

const START = Date.parse('2026-03-01T00:00:00Z');
const HOUR = 3_600_000;
const realSetTimeout = setTimeout;

let time: JumpingTime;
beforeEach(() => {
  time = new JumpingTime(START);
});
afterEach(() => time.uninstall());

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

test('a day of sleeping passes at once, and Date tells it', async () => {
  const began = process.hrtime.bigint();
  await time.run(async () => {
    for (let hour = 0; hour < 24; hour += 1) await sleep(HOUR);
  });
  expect(new Date().toISOString()).toBe('2026-03-02T00:00:00.000Z');
  expect(Number(process.hrtime.bigint() - began) / 1e6).toBeLessThan(2_000);
});

test('it hands on what the work returns and throws', async () => {
  await expect(time.run(async () => 7)).resolves.toBe(7);
  const fails = time.run(async () => {
    await sleep(HOUR);
    throw new Error('the work failed');
  });
  await expect(fails).rejects.toThrow('the work failed');
});

test('work that goes on when the process has its own time back is left alone', async () => {
  const work = time.run(() => new Promise(() => undefined));
  time.uninstall();
  await expect(work).rejects.toThrow('has its own time back');
});

test('between runs it is driven by hand, fires what is due, and never goes back', () => {
  let fired = 0;
  setTimeout(() => {
    fired = time.now();
  }, HOUR);
  time.advanceTo(START + 2 * HOUR);
  time.advanceTo(START);
  expect([fired, time.now()]).toEqual([START + HOUR, START + 2 * HOUR]);
});

describe('with a slow server', () => {
  let server: Server;
  let url: string;
  beforeEach(async () => {
    server = createServer((_, response) => realSetTimeout(() => response.end('late'), 100));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  test('no time passes while a request is under way, so no time-out fires', async () => {
    const winner = await time.run(() => Promise.race([request(url), sleep(1).then(() => 'timed out')]));
    expect([winner, time.now()]).toEqual(['late', START]);
  });

  test('a cut connection counts as ended', async () => {
    server.removeAllListeners('request');
    server.on('request', (_, response) => response.destroy());
    const work = () => request(url).catch(() => sleep(HOUR).then(() => 'cut'));
    await expect(time.run(work)).resolves.toBe('cut');
    expect(time.now()).toBe(START + HOUR);
  });
});

test('no time passes while a file is read', async () => {
  const read = () => Promise.race([readFile(__filename, 'utf8').then(() => 'read'), sleep(1).then(() => 'timed out')]);
  await expect(time.run(read)).resolves.toBe('read');
  expect(time.now()).toBe(START);
});

function request(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve(body));
    }).on('error', reject);
  });
}
