/** Task definitions by ARN, first as far as they can be read whole, then with whatever stands behind them. */
const ARN =
  /arn:[a-z0-9-]+:ecs:[a-z0-9-]*:\d*:task-definition\/(?:[A-Za-z0-9_-]{1,255}(?::\d{1,10})?(?=[\s"'`,;)\]}>\\]|$)|[^\s"'`,;\\]*)/g;
/** What follows a key of that name: in JSON, YAML, also inside a text of another one, where quotes are escaped. */
const BY_KEY = /taskdefinition(?:arn)?[\\"']*\s*[:=]\s*(?:[>|][+-]?\s+)?[\\"']*([^\s"'\\,}\]]+)/gi;

/**
 * The texts in a text that name a task definition: every ARN, and every value of a key of that name.
 *
 * An AppSpec is JSON or YAML, and which lines of it count is CodeDeploy's to know. A scan of the text needs neither: it costs
 * no parser of YAML in the bundle, no version of YAML can hide an ARN from it, and what it takes too much keeps a revision more.
 */
export function taskDefinitionTexts(text: string): string[] {
  const plain = unescaped(text);
  const keyed = [...plain.matchAll(BY_KEY)]
    .map(([, value = '']) => value)
    .filter((value) => !value.includes(':task-definition/'));
  return [...new Set([...(plain.match(ARN) ?? []), ...keyed])];
}

/** JSON may spell any character by its number, and a slash as `\/`. */
function unescaped(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text.replaceAll('\\/', '/');
  }
}
