// Certificates of a cluster that lives as long as a test: made by the openssl program, as an
// operator would make them.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';

function openssl(args) {
  const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`);
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'];

/// Signs certificates for nodes; everything lies in `folder`.
export class Authority {
  constructor(folder, name = 'cluster') {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    this.certificate = path.join(folder, 'ca.pem');
    this.key = path.join(folder, 'ca.key');
    openssl([
      ...['req', '-x509', ...newKey, '-subj', `/CN=${name}`, '-days', '2'],
      ...['-keyout', this.key, '-out', this.certificate],
    ]);
  }

  /// A folder for --cluster-tls. `days` below 0: its time is over.
  issue(name, { days = 1 } = {}) {
    const folder = path.join(this.folder, name);
    mkdirSync(folder, { recursive: true });
    const [key, request, certificate] = ['node.key', 'node.csr', 'node.pem'].map((file) =>
      path.join(folder, file),
    );
    openssl(['req', ...newKey, '-subj', `/CN=${name}`, '-keyout', key, '-out', request]);
    openssl([
      ...['x509', '-req', '-in', request, '-CA', this.certificate, '-CAkey', this.key],
      ...['-CAcreateserial', '-days', String(days), '-out', certificate],
    ]);
    copyFileSync(this.certificate, path.join(folder, 'ca.pem'));
    return folder;
  }
}
