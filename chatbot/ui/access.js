// What a keyboard and a screen reader need and Gradio does not give: columns that have names,
// answers that are said once, and keys. Knows ids and classes, sends nothing anywhere.
(() => {
  const byId = (id) => document.getElementById(id);

  // Each column is a landmark, named as its button on a phone is.
  const nameColumns = () => {
    const buttons = document.querySelectorAll('#q-nav [data-column]');
    buttons.forEach((button) => {
      const column = byId(`q-${button.dataset.column}`);
      column?.setAttribute('role', 'region');
      column?.setAttribute('aria-label', button.textContent);
    });
    return buttons.length > 0 && byId('q-source') !== null;
  };

  // The thread is drawn anew for each reply; a screen reader hears the newest one, and once.
  let said = null;
  const say = () => {
    const turn = [...document.querySelectorAll('#q-thread .q-turn')].pop();
    const reply = turn?.querySelector('.q-quote, .q-none');
    if (!reply || turn.dataset.turn === said) return;
    said = turn.dataset.turn;
    const line = [reply, turn.querySelector('.q-where'), turn.querySelector('.q-sure')];
    byId('q-spoken').textContent = line.filter(Boolean).map((one) => one.textContent).join(' · ');
  };

  const begin = () => {
    if (!nameColumns() || !byId('q-thread')) return false;
    new MutationObserver(say).observe(byId('q-thread'), { childList: true, subtree: true });
    return true;
  };
  const waiting = new MutationObserver(() => { if (begin()) waiting.disconnect(); });
  if (!begin()) waiting.observe(document.documentElement, { childList: true, subtree: true });

  const ARROWS = { ArrowLeft: -1, ArrowRight: 1 };
  document.addEventListener('keydown', (key) => {
    if (key.isComposing || key.keyCode === 229) return; // an input method's own key
    if (key.defaultPrevented || key.altKey || key.ctrlKey || key.metaKey) return;
    const inField = key.target.closest?.('input, textarea, select, [contenteditable]');
    if (key.key === 'Escape') byId('q-question')?.querySelector('textarea')?.focus();
    if (inField || !ARROWS[key.key] || !key.target.closest?.('#q-source')) return;
    const step = document.querySelector(
      `#q-view [data-event="step"][data-by="${ARROWS[key.key]}"]:not(:disabled)`,
    );
    if (step) step.click();
  });
})();
