// Shows times in the reader's time zone, and updates an open page. Pages work without this script.
(() => {
  'use strict';

  const root = document.documentElement;
  // The address of the page's stream; none if the page has no stream.
  const stream = document.currentScript.dataset.stream;
  const main = document.querySelector('main');
  const all = (selector, node) => [...node.querySelectorAll(selector)];

  // Local times. Days and months stay in UTC.

  const language = root.lang.split('-')[0];
  const clock = new Intl.DateTimeFormat(
    navigator.languages.find(tag => tag.split('-')[0] === language) || root.lang,
    { day: 'numeric', month: 'short', year: 'numeric', hour: 'numeric', minute: '2-digit', timeZoneName: 'short' });

  const localise = node => {
    for (const time of all('time[datetime*=T]', node)) {
      time.title = time.textContent;
      time.textContent = clock.format(new Date(time.dateTime));
    }
  };

  // Replaces the contents. Details that the reader opened stay open. Focus and scroll position stay, too.

  const boxes = '[data-component],[data-group],[data-sub-page],[data-incident],[data-maintenance],[data-month],'
    + 'section,main';
  const box = element => element.parentElement.closest(boxes);
  // The first attribute of a box identifies it.
  const find = (old, node) => {
    const { name, value } = old.attributes[0];
    return old === main ? node : node.querySelector(`[${name}="${value}"]`);
  };

  const alike = (element, inside) => all(element.localName, inside).filter(
    other => box(other) === inside && other.className === element.className
      && other.getAttribute('href') === element.getAttribute('href'));

  // The element of the new contents that takes the place of an old one.
  const heir = (element, fresh) => {
    const inside = find(box(element), fresh);
    return inside && alike(element, inside)[alike(element, box(element)).indexOf(element)];
  };

  const remember = () => all('details', main).forEach(details => { details.wasOpen = details.open; });

  let shown = main.innerHTML;

  const swap = page => {
    const fresh = page.querySelector('main');
    document.title = page.title;
    root.dataset.version = page.documentElement.dataset.version || '';
    const icon = document.querySelector('link[rel=icon]');
    const newIcon = page.querySelector('link[rel=icon]');
    if (icon && newIcon && icon.href !== newIcon.href) icon.replaceWith(newIcon);
    if (fresh.innerHTML === shown) return;
    shown = fresh.innerHTML;
    localise(fresh);

    for (const details of all('details', main)) {
      const next = (details.open || details.wasOpen) && heir(details, fresh);
      if (next) next.open = details.open;
    }
    const focused = main.contains(document.activeElement) && document.activeElement !== main && document.activeElement;
    const nextFocused = focused && heir(focused, fresh);
    const anchor = scrollY > 0 && all(boxes, main).find(
      element => element.getBoundingClientRect().top >= 0 && find(element, fresh));
    const nextAnchor = anchor && find(anchor, fresh);
    const top = anchor && anchor.getBoundingClientRect().top;

    // The state stays the same element. Otherwise screen readers do not announce its change.
    const state = main.querySelector('#state');
    const newState = fresh.querySelector('#state');
    if (state && newState) {
      for (const node of [...main.childNodes]) if (node !== state) node.remove();
      const nodes = [...fresh.childNodes];
      const place = nodes.indexOf(newState);
      state.before(...nodes.slice(0, place));
      state.after(...nodes.slice(place + 1));
      if (state.innerHTML !== newState.innerHTML) {
        state.dataset.state = newState.dataset.state;
        state.replaceChildren(...newState.childNodes);
      }
    } else {
      main.replaceChildren(...fresh.childNodes);
    }
    remember();
    if (focused) (nextFocused || main).focus({ preventScroll: true });
    if (nextAnchor && nextAnchor !== newState) {
      scrollBy({ top: nextAnchor.getBoundingClientRect().top - top, behavior: 'instant' });
    }
  };

  // Fetches the page.

  const minute = 60000;
  let wanted;
  let timer;
  let patience = 5000;

  const lookAfter = milliseconds => { timer ||= setTimeout(look, milliseconds); };
  const lookLater = () => {
    lookAfter(patience);
    patience = Math.min(2 * patience, minute);
  };

  async function look() {
    let page;
    try {
      // The limit is for a connection that died without an error.
      const answer = await fetch(location.href.split('#')[0], {
        cache: 'reload', headers: { accept: 'text/html' }, signal: AbortSignal.timeout?.(minute / 3) });
      // An event may have been deleted. The page with status 404 says so.
      if (!answer.ok && answer.status !== 404) throw answer;
      page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      // The answer may be a proxy's own page.
      if (page.documentElement.dataset.page !== root.dataset.page) throw answer;
    } catch {
      timer = 0;
      lookLater();
      return;
    }
    timer = 0;
    // A new version of the server may have other styles and scripts.
    const style = 'link[rel=stylesheet]';
    if (page.querySelector(style).href !== document.querySelector(style).href) return location.reload();
    swap(page);
    const version = root.dataset.version;
    if (!stream || !version || version === wanted) {
      patience = 5000;
    } else {
      // A cache returned an older page.
      lookLater();
    }
  }

  // Waits for changes.

  let source;
  let retry;
  // The browser reconnects by itself after most errors, but not after all.
  const restart = () => {
    clearTimeout(retry);
    retry = setTimeout(listen, minute / 2);
  };
  const listen = () => {
    if (source) source.close();
    source = new EventSource(stream);
    restart();
    source.onopen = () => clearTimeout(retry);
    source.addEventListener('summary', event => {
      wanted = event.lastEventId.replaceAll('"', '');
      // The delay spreads the readers' requests.
      if (wanted !== root.dataset.version) lookAfter(Math.random() * 3000);
    });
    source.onerror = restart;
  };

  // After the computer slept, the connection may be dead without an error, and timers have stood still. Browsers also
  // stop the timers of hidden pages.
  const wake = () => (stream ? listen() : lookAfter(0));
  let seen = Date.now();
  const notice = () => {
    const slept = Date.now() - seen > minute;
    if (document.hidden) return;
    seen = Date.now();
    if (slept) wake();
  };
  setInterval(notice, 5000);
  document.addEventListener('visibilitychange', notice);
  addEventListener('online', wake);
  // A page that a browser keeps for its back button must not keep one of the few connections to the server.
  addEventListener('pagehide', () => { clearTimeout(retry); if (source) source.close(); });
  addEventListener('pageshow', event => { if (event.persisted) wake(); });
  if (stream) listen();
  else setInterval(() => { if (!document.hidden) lookAfter(0); }, minute);

  // Uptime bars change at midnight UTC, which is not an event of the stream.
  const day = 1440 * minute;
  const lookNextDay = () => setTimeout(() => {
    lookAfter(0);
    lookNextDay();
  }, day - Date.now() % day + Math.random() * minute);
  lookNextDay();

  // Prints all details.

  addEventListener('beforeprint', () => {
    for (const details of all('details', main)) {
      details.openOnScreen = details.open;
      details.open = true;
    }
  });
  addEventListener('afterprint', () => {
    for (const details of all('details', main)) details.open = details.openOnScreen;
  });

  // Closes the menu on Escape and on a click elsewhere.

  const menu = document.querySelector('.menu');
  document.addEventListener('click', event => { if (menu && !menu.contains(event.target)) menu.open = false; });
  document.addEventListener('keydown', event => {
    if (event.key !== 'Escape' || !menu || !menu.open) return;
    menu.open = false;
    menu.querySelector('summary').focus();
  });

  localise(document);
  remember();
})();
