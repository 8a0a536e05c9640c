// Keeps the page up to date: the server sends the whole content when it has changed.
'use strict';

(() => {
  const RETRY_MILLIS = 10000;
  const main = document.querySelector('main');
  const interrupted = document.getElementById('interrupted');

  // The content is HTML that the server has escaped. What is unfolded, and where the keyboard is, stays so.
  function show(content) {
    const unfolded = Array.from(main.querySelectorAll('details[open]'), (each) => each.id);
    const focused = main.contains(document.activeElement) && document.activeElement.closest('details');
    main.innerHTML = content;
    for (const id of unfolded) {
      const details = document.getElementById(id);
      if (details) {
        details.open = true;
      }
    }
    const summary = focused && document.getElementById(focused.id);
    if (summary) {
      summary.querySelector('summary').focus({ preventScroll: true });
    }
  }

  function follow() {
    const events = new EventSource('events?lang=' + document.documentElement.lang);
    events.onmessage = (event) => {
      interrupted.hidden = true;
      show(event.data);
    };
    events.onerror = () => {
      interrupted.hidden = false;
      // A browser does not try again by itself after an answer such as 503.
      if (events.readyState === EventSource.CLOSED) {
        setTimeout(follow, RETRY_MILLIS);
      }
    };
  }

  follow();
})();
