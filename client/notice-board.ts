import type { Notice } from './protection-state';

export type NoticeName = Notice['name'];
export type NoticeOf<N extends NoticeName> = Extract<Notice, { readonly name: N }>;
export type Listener<N extends NoticeName> = (notice: NoticeOf<N>) => void;

/** Who listens to what. A listener that throws harms nobody else. */
export class NoticeBoard {
  private readonly listeners = new Map<NoticeName, Set<(notice: never) => void>>();

  constructor(private readonly onThrown: (name: NoticeName) => void) {}

  on<N extends NoticeName>(name: N, listener: Listener<N>): void {
    const listeners = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, listeners.add(listener));
  }

  off<N extends NoticeName>(name: N, listener: Listener<N>): void {
    this.listeners.get(name)?.delete(listener);
  }

  post(notice: Notice): void {
    for (const listener of [...(this.listeners.get(notice.name) ?? [])]) {
      try {
        listener(notice as never);
      } catch {
        this.onThrown(notice.name);
      }
    }
  }
}
