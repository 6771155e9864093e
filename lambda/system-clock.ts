import type { Clock } from '../engine/clock';

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, until) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      until?.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    }),
};
