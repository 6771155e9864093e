import { readFileSync } from 'node:fs';

/**
 * The most memory of this process that has been resident, in megabytes. What `resourceUsage` tells of a child begins with what its parent had when
 * it was forked; Linux alone has better.
 */
export function peakRssMb(): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(statusOfProcess()) ?? [];
  return (kilobytes === undefined ? process.resourceUsage().maxRSS : Number(kilobytes)) / 1024;
}

function statusOfProcess(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8');
  } catch {
    return '';
  }
}
