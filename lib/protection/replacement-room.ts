/** The least `maximumPercent` under which `replacements` tasks start beside `desiredCount` protected ones. */
export function leastMaximumPercent(desiredCount: number, replacements: number): number {
  const percent = Math.ceil(((desiredCount + replacements) * 100) / desiredCount);
  return roomFor(desiredCount, percent) >= replacements ? percent : percent + 1;
}

/** How many tasks ECS may start beside `desiredCount` tasks that it may not stop. */
export function roomFor(desiredCount: number, maximumPercent: number): number {
  return Math.floor((desiredCount * maximumPercent) / 100) - desiredCount;
}
