/** Keeps what a program writes to standard output and standard error off the screen. */
export class OutputCapture {
  private readonly chunks: string[] = [];

  get text(): string {
    return this.chunks.join('');
  }

  /** The non-empty lines so far. */
  get lines(): readonly string[] {
    return this.text.split('\n').filter((line) => line !== '');
  }

  /** Captures while the work goes on. Whoever means the screen writes through a `write` bound before. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const { stdout, stderr } = process;
    const [write, writeError] = [stdout.write, stderr.write];
    const capture = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      this.chunks.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
      const done = rest.find((argument) => typeof argument === 'function');
      if (done) queueMicrotask(done as () => void);
      return true;
    };
    stdout.write = capture;
    stderr.write = capture;
    try {
      return await work();
    } finally {
      stdout.write = write;
      stderr.write = writeError;
    }
  }
}
