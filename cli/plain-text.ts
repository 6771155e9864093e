/** What services and people say goes to a terminal, and must not be able to steer it. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '?');
}
