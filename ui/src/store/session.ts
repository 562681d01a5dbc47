import { computed, shallowRef } from 'vue';

import { Problem, type Client, type Schemas } from '../api/client';

export type SessionState =
  | 'asking' // whether the browser still has one
  | 'none' // nobody has signed in
  | 'in'
  | 'over' // it was, until a call or the stream was refused
  | 'unreachable';

/// Who sits at the page. Its cookie is out of reach of scripts; what is known comes from /me.
export class Session {
  readonly state = shallowRef<SessionState>('asking');
  readonly me = shallowRef<Schemas['Me'] | null>(null);
  /** Why the last try to sign in failed, for the sheet. */
  readonly refusal = shallowRef('');
  readonly isIn = computed(() => this.state.value === 'in');

  /** Whether the server will let them steer: drain, probe, write off. */
  readonly isOperator = computed(() => ['operator', 'admin'].includes(this.me.value?.role ?? ''));

  constructor(private readonly client: Client) {
    client.onUnauthorized = () => this.end();
  }

  /// With the code of a sign-in link, or else the session that the browser may still have.
  async start(code: string | null): Promise<void> {
    if (code !== null && (await this.signIn(code))) return;
    try {
      this.enter(await this.client.get('/me'));
    } catch (error) {
      const isUnreachable = error instanceof Problem && error.status !== 401;
      this.state.value = isUnreachable ? 'unreachable' : 'none';
    }
  }

  /// False where the token was refused; `refusal` says why.
  async signIn(token: string): Promise<boolean> {
    this.refusal.value = '';
    try {
      this.enter(await this.client.post('/session', { token }));
      return true;
    } catch (error) {
      this.refusal.value = error instanceof Problem ? error.message : String(error);
      return false;
    }
  }

  async signOut(): Promise<void> {
    try {
      await this.client.delete('/session');
    } finally {
      this.me.value = null;
      this.client.csrf = null;
      this.state.value = 'none';
    }
  }

  /// The stream was refused, which does not say why: /me does.
  async check(): Promise<void> {
    try {
      this.enter(await this.client.get('/me'));
    } catch {
      // A 401 has ended the session by then; anything else is the stream's to try again.
    }
  }

  private enter(me: Schemas['Me']): void {
    this.me.value = me;
    this.client.csrf = me.csrf;
    this.state.value = 'in';
  }

  private end(): void {
    if (this.state.value === 'in') this.state.value = 'over';
  }
}
