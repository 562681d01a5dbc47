import type { Schemas } from '../api/client';
import { statuses, type Status } from '../components/icons';

const bySeverity = { err: 'down', warn: 'degraded', info: 'cooldown' } as const satisfies Record<
  Schemas['Attention']['severity'],
  Status
>;

/// The shape of what needs attention: that of the state it is about, else one as bad as it is.
export function matterStatus({ id, severity }: Schemas['Attention']): Status {
  const kind = id.split(':', 1)[0] ?? '';
  return kind in statuses ? (kind as Status) : bySeverity[severity];
}
