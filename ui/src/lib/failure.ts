/// What a provider failed for, in words; a kind that is not known here is said as it is.
const words: Readonly<Record<string, string>> = {
  rate_limited: 'answered 429',
  quota_exhausted: 'quota spent',
  overloaded: 'overloaded',
  timed_out: 'no answer in time',
  network: 'not reached',
  server_error: 'server error',
  credentials: 'key refused',
  model_not_found: 'model unknown',
  context_too_long: 'too long for it',
  content_filtered: 'content filtered',
  request_too_large: 'too large for it',
  invalid_answer: 'answer not understood',
};

export const failureWords = (kind: string): string => words[kind] ?? kind.replaceAll('_', ' ');
