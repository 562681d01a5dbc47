// A node that is stopped at one certain place: strace holds its threads at their next write to a
// client or a provider, and says what they were about to write.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/// Why nothing can be held here; undefined where it can.
export function whyNoTracing() {
  // Of a process that is no child of its own, as the node is none.
  const attach = 'sleep 0.3 & strace -o /dev/null -p $!; exit $?';
  const { status, stderr } = spawnSync('sh', ['-c', attach], { encoding: 'utf8' });
  if (status === 127) throw new Error('strace is missing: scripts/setup test');
  if (status === 0) return undefined;
  return `the kernel forbids tracing: ${stderr.trim().replace(/\s+/g, ' ')}`;
}

/// Holds each thread of the node for that long, just before its next write. Answers how many of
/// those writes began with `text`.
export async function holdAtWrite(node, ms, text) {
  const calls = 'sendmsg,sendto';
  const tracer = spawn('strace', [
    ...['-f', '-q', '-s', String(text.length), '-p', String(node.running.child.pid)],
    ...['-e', `trace=${calls}`, '-e', `inject=${calls}:delay_enter=${ms}ms:when=1`],
  ]);
  let said = '';
  tracer.stderr.setEncoding('utf8').on('data', (more) => (said += more));
  const ended = once(tracer, 'exit');
  const patience = setTimeout(() => tracer.kill('SIGTERM'), ms + 2000);
  await ended;
  clearTimeout(patience);
  const lines = new Map(); // of each thread
  for (const [, thread, line] of said.matchAll(/^\[pid +(\d+)\] (.*)$/gm))
    lines.set(thread, [...(lines.get(thread) ?? []), line]);
  const isHeld = (some) => some[0].includes(`="${text}"`) && /\(DELAYED\)/.test(some.join());
  return [...lines.values()].filter(isHeld).length;
}
