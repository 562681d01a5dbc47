import './styles/tokens.css';
import './styles/app.css';

import { createApp, watch } from 'vue';
import { createRouter, createWebHistory } from 'vue-router';

import { Client } from './api/client';
import App from './App.vue';
import { Frames } from './lib/frames';
import { Palette } from './lib/palette';
import { pages, pagesOfOne } from './pages';
import { takeCode } from './shell/signInLink';
import { Connection } from './store/connection';
import { gatewayKey } from './store/gateway';
import { Live } from './store/live';
import { keepPreferences } from './store/preferences';
import { Session } from './store/session';
import { Slots } from './store/slots';

// First of all: a code must not stay in the address, where a bookmark would keep it.
const code = takeCode(window.location, window.history);
const root = document.documentElement;
const preferences = keepPreferences(window.localStorage, root);
const client = new Client();
const session = new Session(client);
const live = new Live();
const connection = new Connection(live);

watch(session.isIn, (isIn) => (isIn ? connection.open() : connection.close()));
live.onVersion = () => connection.beginAnew();
live.onRefused = () => void session.check();
document.addEventListener('visibilitychange', () => connection.tabHidden(document.hidden));
setInterval(() => live.passSecond(), 1000);
// A link that is opened in a tab that is there already changes only what is behind the `#`.
window.addEventListener('hashchange', () => {
  const later = takeCode(window.location, window.history);
  if (later !== null) void session.start(later);
});

const router = createRouter({
  history: createWebHistory(),
  routes: [...pages, ...pagesOfOne, { path: '/:unknown(.*)*', redirect: '/' }],
  scrollBehavior: (to, from, kept) => kept ?? (to.path === from.path ? false : { top: 0 }),
});
createApp(App)
  .use(router)
  .provide(gatewayKey, {
    client,
    session,
    live,
    connection,
    preferences,
    frames: new Frames(),
    palette: new Palette(root),
    slots: new Slots(),
  })
  .mount('#app');
void session.start(code);
