/**
 * How long one attempt at a request may take, for every client of the SDK; without these it may take for ever.
 *
 * AWS answers these calls in well under a second, so ten are doubt enough. The last deregistration is sent half a minute
 * before the function ends: ten seconds for the head of its answer and ten for the rest leave ten to tell of the run.
 */
export const REQUEST_TIMES = {
  connectionTimeout: 3_000,
  requestTimeout: 10_000,
  // Without this the SDK writes a warning, and waits on. The time ends with the head of an answer: see `wholeBody` for the rest.
  throwOnRequestTimeout: true,
} as const;
