interface Entry {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

/** What is to happen, by time; entries of one instant fire in the order in which they were added. A binary heap. */
export class Agenda {
  private readonly heap: Entry[] = [];
  private added = 0;

  /** When the next entry is due; `Infinity` when nothing is. */
  get nextAt(): number {
    return this.heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  get size(): number {
    return this.heap.length;
  }

  add(at: number, fire: () => void): void {
    const entry = { at, order: this.added++, fire };
    let place = this.heap.length;
    this.heap.push(entry);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = this.heap[parent];
      if (!above || !isBefore(entry, above)) break;
      this.heap[place] = above;
      place = parent;
    }
    this.heap[place] = entry;
  }

  /** Takes the next entry off the agenda. */
  take(): Entry | undefined {
    const first = this.heap[0];
    const last = this.heap.pop();
    if (first && last && first !== last) this.sink(last);
    return first;
  }

  private sink(entry: Entry): void {
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      let below = this.heap[child];
      const right = this.heap[child + 1];
      if (below && right && isBefore(right, below)) {
        below = right;
        child += 1;
      }
      if (!below || !isBefore(below, entry)) break;
      this.heap[place] = below;
      place = child;
    }
    this.heap[place] = entry;
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
