import { ref, watch, type Ref } from 'vue';

import type { Column } from '../../components/table';

const storageKey = 'request-columns';

/// Columns that may be left out, by what the list of them says.
export const optional: Readonly<Record<string, string>> = {
  node: 'Node',
  route: 'Route',
  key: 'Key',
  attempts: 'Attempts',
  tokens_in: 'Tokens in',
  tokens_out: 'Tokens out',
  ttft_ms: 'Time to first token',
  cost_n: 'Cost',
};
const usual = ['route', 'key', 'tokens_in', 'tokens_out', 'ttft_ms', 'cost_n'];

/// Those that are shown, as this browser keeps them.
export function keepColumns(storage: Storage): Ref<string[]> {
  const kept = storage.getItem(storageKey)?.split(',');
  const shown = ref(kept?.filter((id) => id in optional) ?? usual);
  watch(shown, (now) => storage.setItem(storageKey, now.join()));
  return shown;
}

// A column that the log can be sorted by is called as the API calls it.
const sorts = 'down' as const;
const number = (id: string, name: string, width: string, title: string): Column => ({
  id,
  name,
  width,
  align: 'end',
  sorts,
  title,
});

export function columnsOf(zone: string, hasDay: boolean, shown: readonly string[]): Column[] {
  const all: Column[] = [
    { id: 't', name: `Ended, ${zone}`, width: hasDay ? '116px' : '98px', sorts },
    { id: 'who', name: 'Request' },
    { id: 'result', name: 'Result', width: '62px' },
    { id: 'node', name: 'Node', width: '9%' },
    { id: 'route', name: 'Route', width: '9%' },
    { id: 'model', name: 'Model' },
    { id: 'provider', name: 'Provider', width: '18%' },
    { id: 'key', name: 'Key', width: '8%' },
    number('attempts', 'Tries', '46px', 'Attempts, at one provider or several'),
    number('tokens_in', 'In', '46px', 'Tokens of the request'),
    number('tokens_out', 'Out', '40px', 'Tokens of the answer'),
    number('ttft_ms', 'TTFT', '56px', 'Time to the first token'),
    number('latency_ms', 'Total', '56px', 'From the request to the end of its answer'),
    number('cost_n', 'Cost', '82px', 'What was charged for it'),
    { id: 'sum', name: 'Total', align: 'end', width: '92px' },
  ];
  return all.filter(({ id }) => !(id in optional) || shown.includes(id));
}
