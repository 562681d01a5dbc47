// A network of nodes' own: each node in a network namespace, all on one bridge with the test, so
// that links between two nodes can be cut as a broken switch cuts them: nothing is answered.
//
// Everything lives in processes that end with the test, whatever ends that; nothing has a name that
// outlives it. What is lost is lost on its way in at the receiver, by nftables.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

const tools = { ip: 'iproute2', nft: 'nftables', nsenter: 'util-linux', unshare: 'util-linux' };

function run(command, args, input = '') {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8', input });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error ?? stderr}`);
}

/// Of the addresses for benchmarks of networks, which no real network has.
function unusedSubnet() {
  for (let i = 0; i < 256; ++i) {
    const subnet = `198.18.${(process.pid + i) % 256}`;
    const words = ['-o', 'address', 'show', 'to', `${subnet}.0/24`];
    if (spawnSync('ip', words, { encoding: 'utf8' }).stdout === '') return subnet;
  }
  throw new Error('all addresses are taken');
}

/// A network namespace, and the process that keeps it: it ends when this one does.
class Namespace {
  static async make() {
    const made = new Namespace();
    const keep = ['unshare', '--net', 'sh', '-c', 'echo made; exec cat'];
    made.keeper = spawn(keep[0], keep.slice(1), { stdio: ['pipe', 'pipe', 'ignore'] });
    const ended = once(made.keeper, 'exit').then(() => {
      throw new Error('unshare --net was refused');
    });
    await Promise.race([once(made.keeper.stdout, 'data'), ended]);
    ended.catch(() => {});
    made.within = ['nsenter', `--net=/proc/${made.keeper.pid}/ns/net`];
    return made;
  }
  ip(words) {
    this.run('ip', words.split(' '));
  }
  run(command, args, input) {
    run(this.within[0], [...this.within.slice(1), command, ...args], input);
  }
  end() {
    this.keeper.kill('SIGKILL');
  }
}

export class Network {
  #switch;
  #nodes = new Map();
  #faults = new Map();

  /// Why there can be no such network here; undefined where there can. A program that is missing is
  /// no reason: scripts/setup brings it.
  static async whyNot() {
    for (const [tool, from] of Object.entries(tools))
      if (spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0)
        throw new Error(`${tool} of ${from} is missing: scripts/setup test`);
    const network = new Network();
    try {
      await network.#start();
      await network.place('gw-1');
      network.lose('gw-2', 'gw-1', 20);
    } catch (error) {
      return `the kernel forbids network namespaces: ${error.message.trim().replace(/\s+/g, ' ')}`;
    } finally {
      network.end();
    }
    return undefined;
  }

  static async make() {
    const network = new Network();
    await network.#start();
    return network;
  }

  async #start() {
    this.subnet = unusedSubnet();
    this.host = `${this.subnet}.1`;
    this.#switch = await Namespace.make();
    this.#switch.ip('link add switch type bridge');
    this.#switch.ip('link set switch up');
    this.device = `gw${process.pid}`;
    const { pid } = this.#switch.keeper;
    run('ip', `link add ${this.device} type veth peer name test netns ${pid}`.split(' '));
    run('ip', `address add ${this.host}/24 dev ${this.device}`.split(' '));
    run('ip', `link set ${this.device} up`.split(' '));
    this.#switch.ip('link set test master switch up');
  }

  /// Where the node gw-N runs: `host` and `within` for `Stage.gateway`.
  async place(name) {
    if (!this.#nodes.has(name)) {
      const namespace = await Namespace.make();
      const host = this.addressOf(name);
      this.#nodes.set(name, { namespace, host });
      const { pid } = this.#switch.keeper;
      namespace.ip('link set lo up');
      namespace.ip(`link add uplink type veth peer name ${name} netns ${pid}`);
      namespace.ip(`address add ${host}/24 dev uplink`);
      namespace.ip('link set uplink up');
      this.#switch.ip(`link set ${name} master switch up`);
    }
    const { namespace, host } = this.#nodes.get(name);
    return { host, within: namespace.within };
  }
  addressOf(name) {
    return `${this.subnet}.${10 + Number(name.split('-')[1])}`;
  }

  /// So many of 100 packets that `from` sends do not come to `to`; the other way nothing changes.
  lose(from, to, percent) {
    if (!this.#faults.has(to)) this.#faults.set(to, new Map());
    this.#faults.get(to).set(from, percent);
    this.#tell(to);
  }
  deafen(from, to) {
    this.lose(from, to, 100);
  }
  /// A black hole between each of these and each of those.
  part(these, those, percent = 100) {
    for (const one of these)
      for (const other of those) {
        this.lose(one, other, percent);
        this.lose(other, one, percent);
      }
  }
  heal() {
    const told = [...this.#faults.keys()];
    this.#faults.clear();
    for (const name of told) this.#tell(name);
  }

  #tell(name) {
    const rules = [...(this.#faults.get(name) ?? [])].map(([from, percent]) => {
      const dice = percent === 100 ? '' : `numgen random mod 100 < ${percent} `;
      return `ip saddr ${this.addressOf(from)} ${dice}drop;`;
    });
    const chain = `chain arrives { type filter hook input priority 0; ${rules.join(' ')} };`;
    const table = `table ip faults; delete table ip faults; table ip faults { ${chain} };\n`;
    this.#nodes.get(name).namespace.run('nft', ['-f', '-'], table);
  }

  /// Also what runs in it must end for it to be gone.
  end() {
    for (const { namespace } of this.#nodes.values()) namespace.end();
    this.#switch?.end();
    spawnSync('ip', ['link', 'delete', this.device ?? 'none']);
  }
}
