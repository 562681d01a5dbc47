import type { Schemas } from '../api/client';

type Scope = Schemas['Scope'];

const reasons: Readonly<Record<Scope['missing'][number]['reason'], string>> = {
  unreachable: 'is not reached',
  stale: 'did not say in time',
  not_merged: 'answers for itself only',
  unknown: 'is not known',
};

/// Which nodes a total is without: `5 of 6 nodes: gw-hel-2 is not reached`; nothing where it is
/// whole.
export function scopeWords({ nodes, missing }: Scope): string {
  if (missing.length === 0) return '';
  const why = missing.map(({ node, reason }) => `${node} ${reasons[reason]}`).join(', ');
  return `${nodes.length} of ${nodes.length + missing.length} nodes: ${why}`;
}
