/**
 * A set of whole numbers from 1 that knows the rank of each: the k-th smallest member, and how many members are up to n, in
 * logarithmic time. It makes a page of a list cost the page, however many revisions stand before it. A Fenwick tree.
 */
export class RankedSet {
  private tree = new Int32Array(1);
  private members = 0;

  get size(): number {
    return this.members;
  }

  /** The caller knows that n is no member. */
  add(n: number): void {
    while (n >= this.tree.length) this.grow();
    this.members += 1;
    this.change(n, 1);
  }

  /** The caller knows that n is a member. */
  delete(n: number): void {
    this.members -= 1;
    this.change(n, -1);
  }

  countUpTo(n: number): number {
    let count = 0;
    for (let node = Math.min(n, this.tree.length - 1); node > 0; node -= node & -node) count += this.tree[node] ?? 0;
    return count;
  }

  /** The k-th smallest member, k from 1 to `size`. */
  select(k: number): number {
    let node = 0;
    let rest = k;
    for (let step = this.tree.length - 1; step > 0; step >>= 1) {
      const count = this.tree[node + step];
      if (count !== undefined && count < rest) {
        node += step;
        rest -= count;
      }
    }
    return node + 1;
  }

  private change(n: number, by: number): void {
    for (let node = n; node < this.tree.length; node += node & -node) this.tree[node] = (this.tree[node] ?? 0) + by;
  }

  // Capacities are powers of two: the one new node with a count is the last, which covers everything.
  private grow(): void {
    const capacity = Math.max(8, 2 * (this.tree.length - 1));
    const larger = new Int32Array(capacity + 1);
    larger.set(this.tree);
    larger[capacity] = this.members;
    this.tree = larger;
  }
}
