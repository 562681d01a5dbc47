import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Stage, binary, until, user } from './support.mjs';

const stage = new Stage();
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
let file; // the package
let tree; // what is in it, unpacked

/// What a command writes; it must succeed.
function output(command, args, options = {}) {
  const ran = spawnSync(command, args, { encoding: 'utf8', cwd: root, ...options });
  assert.equal(ran.status, 0, `${command} ${args.join(' ')}: ${ran.error ?? ran.stderr}`);
  return ran.stdout.trimEnd();
}

const packed = (name) => readFileSync(path.join(tree, name), 'utf8');
const unitFile = 'usr/lib/systemd/system/llm-gateway.service';
/// All values of a directive of the unit, in their order.
const unit = (directive) =>
  packed(unitFile)
    .split('\n')
    .filter((line) => line.startsWith(`${directive}=`))
    .map((line) => line.slice(directive.length + 1));
/// The variables of the environment file: those set, or those shown in comments.
const variables = ({ shown }) =>
  Object.fromEntries(
    packed('etc/llm-gateway/llm-gateway.env')
      .split('\n')
      .map((line) => (shown ? /^#([A-Z_]+)=(.*)$/ : /^([A-Z_]+)=(.*)$/).exec(line))
      .filter(Boolean)
      .map(([, name, value]) => [name, value]),
  );

before(() => {
  const folder = stage.folder();
  // What is packed well takes seconds and is the same.
  const env = { ...process.env, DPKG_DEB_COMPRESSOR_TYPE: 'none' };
  file = output('scripts/package', ['--executable', binary, '--output', folder], { env });
  tree = path.join(folder, 'tree');
  output('dpkg-deb', ['--extract', file, tree]);
});
after(() => stage.close());

test('the package says what it is and what it needs', () => {
  const [, version] = /^project\(.* VERSION (\S+)/m.exec(
    readFileSync(path.join(root, 'CMakeLists.txt'), 'utf8'),
  );
  const architecture = output('dpkg', ['--print-architecture']);
  assert.equal(path.basename(file), `llm-gateway_${version}_${architecture}.deb`);
  const field = (name) => output('dpkg-deb', ['--field', file, name]);
  assert.equal(field('Package'), 'llm-gateway');
  assert.equal(field('Version'), version);
  assert.equal(field('Architecture'), architecture);
  // With versions, as the executable's symbols ask for.
  const depends = field('Depends').split(', ');
  for (const library of ['libc6', 'libssl3', 'libcaf-core0.17', 'libraft2'])
    assert.ok(
      depends.some((one) => one.startsWith(`${library} (>= `)),
      `${library} in ${depends}`,
    );
  for (const other of ['adduser', 'ca-certificates', 'tzdata'])
    assert.ok(depends.includes(other), `${other} in ${depends}`);
});

test('each file is where Debian expects it, and may be read by whom it is for', () => {
  const listed = output('dpkg-deb', ['--contents', file])
    .split('\n')
    .map((line) => line.split(/\s+/))
    .filter(([mode]) => !mode.startsWith('d'))
    .map(([mode, owner, , , , name]) => `${mode} ${owner} ${name}`);
  assert.deepEqual(listed.sort(), [
    '-rw------- root/root ./etc/llm-gateway/llm-gateway.env',
    '-rw-r--r-- root/root ./etc/llm-gateway/gateway.json',
    '-rw-r--r-- root/root ./usr/lib/systemd/system/llm-gateway.service',
    '-rw-r--r-- root/root ./usr/share/doc/llm-gateway/LICENSE',
    '-rw-r--r-- root/root ./usr/share/doc/llm-gateway/README.md',
    '-rw-r--r-- root/root ./usr/share/doc/llm-gateway/cluster-config/README.md',
    '-rw-r--r-- root/root ./usr/share/doc/llm-gateway/copyright',
    '-rw-r--r-- root/root ./usr/share/llm-gateway/gateway.schema.json',
    '-rwxr-xr-x root/root ./usr/bin/llm-gateway',
  ]);
  output('md5sum', ['--check', '-'], {
    cwd: tree,
    input: output('dpkg-deb', ['--info', file, 'md5sums']) + '\n',
  });
});

test('what an operator edits is kept at an upgrade', () => {
  assert.deepEqual(output('dpkg-deb', ['--info', file, 'conffiles']).split('\n'), [
    '/etc/llm-gateway/gateway.json',
    '/etc/llm-gateway/llm-gateway.env',
  ]);
  for (const script of ['postinst', 'prerm', 'postrm'])
    output('sh', ['-n'], { input: output('dpkg-deb', ['--info', file, script]) });
});

test('the environment file has every option of serve, each with a value that is taken', () => {
  const help = output(binary, ['serve', '--help']);
  const options = new Set([...help.matchAll(/--([a-z-]+)/g)].map(([, name]) => name));
  options.delete('help');
  const shown = variables({ shown: true });
  const named = Object.keys(shown).filter((name) => name.startsWith('LLM_GATEWAY_'));
  const expected = [...options, 'admin-key', 'options'].map(
    (name) => `LLM_GATEWAY_${name.toUpperCase().replaceAll('-', '_')}`,
  );
  assert.deepEqual(named.sort(), expected.sort());
  output(binary, ['serve', ...shown.LLM_GATEWAY_OPTIONS.split(' '), '--help'], {
    env: { ...shown, LLM_GATEWAY_ADMIN_KEY: '' },
  });
  assert.deepEqual(variables({ shown: false }), {}, 'nothing is set that is no default');
});

test('systemd takes the unit, and finds little that it may do', () => {
  // What it runs is in the unpacked tree.
  const copy = path.join(stage.folder(), 'llm-gateway.service');
  writeFileSync(copy, packed(unitFile).replaceAll('/usr/bin/llm-gateway', binary));
  const verified = spawnSync('systemd-analyze', ['verify', copy], { encoding: 'utf8' });
  assert.equal(verified.status, 0, String(verified.error ?? verified.stderr));
  assert.doesNotMatch(verified.stderr, /llm-gateway/);
  // 0 is nothing at all, 100 everything; an ordinary service has above 90.
  output('systemd-analyze', ['security', '--offline=true', '--threshold=20', copy]);
});

test('the unit leaves the permit book alone, and gives a stop its time', () => {
  assert.deepEqual(unit('RemoveIPC'), ['no']);
  // The book belongs to one user, and lies where all lives of the node look.
  assert.deepEqual(unit('User'), ['llm-gateway']);
  const apart =
    /^(DynamicUser|PrivateIPC|PrivateUsers|RootDirectory|TemporaryFileSystem|ProcSubset)=/m;
  assert.doesNotMatch(packed(unitFile), apart);
  assert.doesNotMatch(packed(unitFile), /^\w+=.*\/dev\/shm/m);
  const help = output(binary, ['serve', '--help']);
  const [, drain] = /--drain-seconds N .*\(default (\d+)\)/.exec(help);
  // Its drain, and then half a minute each for the ledger's and the event log's last words.
  assert.ok(Number(unit('TimeoutStopSec')) >= Number(drain) + 60);
});

test('what is unpacked serves as the unit says', async () => {
  const at = (name) => name.replace(/^\/(usr|etc|var)\//, `${tree}/$1/`);
  const env = { LLM_GATEWAY_DEMO: 'true', LLM_GATEWAY_LISTEN: '127.0.0.1:0' };
  for (const [name, value] of unit('Environment').map((line) => line.split(/=(.*)/)))
    env[name] = at(value);
  assert.equal(env.LLM_GATEWAY_CONFIG, `${tree}/etc/llm-gateway/gateway.json`);
  Object.assign(env, variables({ shown: false }), { LLM_GATEWAY_SHM: stage.folder() });

  const [start] = unit('ExecStart');
  const [command, ...args] = start.replace(' $LLM_GATEWAY_OPTIONS', '').split(' ');
  const child = spawn(at(command), args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const pipe of [child.stdout, child.stderr]) pipe.on('data', (text) => (said += text));
  const ended = once(child, 'exit');
  try {
    await until('it listens', () => /listening on \S+\n/.test(said));
    const [, url] = /listening on (\S+)\n/.exec(said);
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'auto', messages: user('Hello!') }),
    });
    assert.equal(answer.status, 200, await answer.text());
    child.kill('SIGHUP');
    await until('the file is read again', () => said.includes('config unchanged'));
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null], said);
  } finally {
    child.kill('SIGKILL');
  }
});
