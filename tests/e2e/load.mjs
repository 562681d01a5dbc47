// Demand: requests at a steady pace, whatever becomes of them.
import { sleep, user } from './support.mjs';

/// Sends `perSecond` requests a second until `stop` is called, in bodies made by `bodyOf`.
/// `onAnswer` hears {id, status, whole, at, text, asked} of each; one whose node died is forgotten.
/// Who is told 503 asks the nodes of `elsewhere` in turn, as clients with several addresses do.
export function demand({ gateway, elsewhere = [], perSecond, bodyOf, onAnswer, headers = {} }) {
  let running = true;
  let number = 0;
  const pending = new Set();

  async function one() {
    const id = `load-${process.pid}-${(demand.next = (demand.next ?? 0) + 1)}`;
    const body = bodyOf(++number);
    const post = (node) =>
      fetch(`${node.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-request-id': id, ...headers },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(20_000),
      });
    try {
      let response = await post(gateway);
      let asked = 1;
      for (const node of elsewhere) {
        if (response.status !== 503) break;
        await response.arrayBuffer();
        response = await post(node);
        ++asked;
      }
      const text = await response.text();
      const whole = body.stream ? text.includes('data: [DONE]') : text.endsWith('}');
      onAnswer({ id, status: response.status, whole, at: performance.now(), text, asked });
    } catch {
      // The node was killed under it: nothing was acknowledged.
    }
  }

  const loop = (async () => {
    const began = performance.now();
    for (let sent = 0; running; ++sent) {
      const due = began + (sent * 1000) / perSecond;
      if (due > performance.now()) await sleep(due - performance.now());
      const request = one().finally(() => pending.delete(request));
      pending.add(request);
    }
    await Promise.all(pending);
  })();

  return {
    async stop() {
      running = false;
      await loop;
    },
  };
}

export const chat = (model, content = 'echo: one two three', more = {}) => ({
  model,
  messages: user(content),
  max_tokens: 16,
  ...more,
});
