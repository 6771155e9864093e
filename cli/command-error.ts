/** What stops a command, told in one line. */
export class CommandError extends Error {}
