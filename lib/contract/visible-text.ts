/** What nobody sees in a text, and what steers a terminal or breaks a line: controls, bidi and zero-width marks, line separators, halves of a pair. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** A text from outside, fit to be shown: on one line, what is unseen spelt out, cut after so many characters. */
export function visibleText(text: string, most = Number.POSITIVE_INFINITY): string {
  const cut = text.length > most ? `${text.slice(0, most - 3)}...` : text;
  return cut.replace(UNSEEN, (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`);
}
