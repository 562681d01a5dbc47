/// Nodes of one cluster, as tests start and ask them.
import { clusterOf, portOf, soon } from './nodes.mjs';

export { clusterOf, portOf, soon };
export const membersOf = async (gateway) =>
  (await clusterOf(gateway)).members.map((member) => member.id).sort();
export const linkedOf = async (gateway) =>
  (await clusterOf(gateway)).links.map((link) => link.node).sort();
export const linked = (gateway, ...names) =>
  soon(`linked with ${names}`, async () => `${await linkedOf(gateway)}` === `${names}`);

/// `join`: nodes whose addresses it is given; `signer` makes its certificate.
export async function startNode(stage, name, { join = [], signer, config, more = [] }) {
  const gateway = await stage.gateway(config, {
    args: [
      ...['--node', name, '--cluster-listen', '127.0.0.1:0', '--cluster-tls', signer.issue(name)],
      ...join.flatMap((other) => ['--join', portOf(other)]),
      ...more,
    ],
  });
  await soon('the cluster port listens', () => portOf(gateway));
  return gateway;
}

/// So many nodes, linked with each other and ready.
export async function startCluster(stage, count, { signer, config, more = [] }) {
  const nodes = [];
  for (let i = 1; i <= count; ++i)
    nodes.push(
      await startNode(stage, `gw-${i}`, { join: nodes.slice(0, 1), signer, config, more }),
    );
  const names = nodes.map((_, i) => `gw-${i + 1}`);
  for (const [i, gateway] of nodes.entries()) {
    await linked(gateway, ...names.filter((name) => name !== names[i]));
    await soon('ready', async () => (await gateway.fetch('/readyz')).ok);
  }
  return nodes;
}
