// Family names are up to 255 letters, digits, hyphens and underscores.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
const PATTERN = /^[A-Za-z0-9_*-]{1,255}$/;

/** Whether the text can name families: an exact name, or one with `*` for any run of characters. */
export function isFamilyPattern(text: string): boolean {
  return PATTERN.test(text);
}

export function isExactFamily(pattern: string): boolean {
  return !pattern.includes('*');
}

/** Matches the whole family name, upper and lower case told apart. Linear in both lengths for one `*`, never exponential. */
export function matchesFamily(pattern: string, family: string): boolean {
  const first = pattern.indexOf('*');
  if (first < 0) return pattern === family;
  const last = pattern.lastIndexOf('*');
  const tail = pattern.slice(last + 1);
  if (!family.startsWith(pattern.slice(0, first)) || !family.endsWith(tail)) return false;
  let from = first;
  for (const part of pattern.slice(first, last).split('*')) {
    const found = family.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return from <= family.length - tail.length;
}
