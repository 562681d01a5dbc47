// A provider that counts as strictly as any, alone in a document, and the demand on it.
import { chat, demand } from './load.mjs';
import { documentOf, sleep } from './support.mjs';

export class Judge {
  #window;
  #limit;

  constructor(provider, { window, limit }) {
    this.provider = provider;
    this.#window = window;
    this.#limit = limit;
    const windows = [{ unit: 'requests', limit, window: `${window}s` }];
    this.document = documentOf({ judge: provider.config({ limits: { windows } }) });
  }

  /// `limit` requests in `window` seconds, by a sliding window.
  static async of(stage, { window, limit }) {
    const options = { limit_kind: 'sliding', latency_ms: 10, window, rpm: limit };
    return new Judge(await stage.provider('judge', 'openai', options), { window, limit });
  }

  /// `share` of five times what it allows, at that node; `answers` counts them by status.
  load(gateway, answers, share = 1) {
    return demand({
      gateway,
      perSecond: (5 * share * this.#limit) / this.#window,
      bodyOf: () => chat('judge/demo-small', 'echo: a'),
      onAnswer: ({ status }) => (answers[status] = (answers[status] ?? 0) + 1),
    });
  }

  status() {
    return this.provider.status();
  }

  /// What it allows from now on for so long, as a part of what it could.
  async shareOf(seconds) {
    const before = (await this.status()).allowed;
    await sleep(seconds * 1000);
    const used = (await this.status()).allowed - before;
    return used / ((this.#limit * seconds) / this.#window);
  }
}
