// Five nodes, one quota: demand is five times what strict providers allow, and moves.
import { after, test } from 'node:test';

import { Authority } from './certificates.mjs';
import { Court, cluster, judgesOf, whole } from './nodes.mjs';
import { Stage, sleep } from './support.mjs';

const phase_ms = 1000 * Number(process.env.PHASE_SECONDS ?? 6);
const used_min = 0.5; // of short windows, as the time until a request has surely counted is lost

const stage = new Stage();
let court;
after(async () => {
  await court?.rest();
  await stage.close();
});

test('of five nodes no strict provider sees one too many, wherever the demand is', async (t) => {
  court = await Court.of(stage, judgesOf(8, 60));
  const authority = new Authority(stage.folder());
  const nodes = await cluster(stage, authority, await court.document(stage), 5);
  await whole(nodes);
  await court.begin();
  // Even, then skewed, then all at one, then at two others.
  const shares = [
    [0.2, 0.2, 0.2, 0.2, 0.2],
    [0.05, 0.05, 0.1, 0.3, 0.5],
    [0, 0, 0, 0, 1],
    [0.5, 0, 0.5, 0, 0],
    [0.02, 0.88, 0.04, 0.04, 0.02],
  ];
  for (const some of shares) {
    const loads = some.map((share, i) => [nodes[i], share]).filter(([, share]) => share > 0);
    await court.move(...loads);
    await sleep(phase_ms);
  }
  await court.verdict(t, used_min);
});
