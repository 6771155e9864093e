import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

/** What a child with time of its own says with each request: its time, in milliseconds since 1970. */
export const NOW_HEADER = 'x-bench-now';

const REQUEST_ARRIVED = 'http.server.request.start';

/** The time of a child that asks over HTTP: it goes on with each request that arrives. */
export class ArrivalClock {
  constructor(private time: number) {}

  now(): number {
    return this.time;
  }

  advance(milliseconds: number): void {
    this.time += milliseconds;
  }

  /** Follows whoever asks a server of this process, for as long as the work lasts. */
  async follow<T>(work: () => Promise<T>): Promise<T> {
    const arrived = (message: unknown) => {
      const { request } = message as { request: IncomingMessage };
      this.time = Math.max(this.time, Number(request.headers[NOW_HEADER] ?? 0));
    };
    subscribe(REQUEST_ARRIVED, arrived);
    try {
      return await work();
    } finally {
      unsubscribe(REQUEST_ARRIVED, arrived);
    }
  }
}
