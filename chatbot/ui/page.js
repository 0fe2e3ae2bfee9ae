// The page's manners: columns on a narrow screen, Esc, and what is copied.
// Knows element ids of layout.py; sends nothing anywhere by itself.
(() => {
  // Gradio names the browser's language; the page's own is what the server wrote.
  const root = document.documentElement;
  const name = () => {
    if (root.lang !== root.dataset.language) root.lang = root.dataset.language;
  };
  new MutationObserver(name).observe(root, { attributeFilter: ['lang'] });
  name();

  const show = (column) => {
    const desk = document.getElementById('q-desk');
    if (desk) desk.dataset.column = column;
    document.querySelectorAll('[data-column]').forEach((button) => {
      if (button.tagName === 'BUTTON') {
        button.setAttribute('aria-pressed', String(button.dataset.column === column));
      }
    });
    const mark = document.querySelector('#q-source .q-box, #q-source mark');
    if (column === 'source' && mark) mark.scrollIntoView({ block: 'center', inline: 'nearest' });
  };

  document.addEventListener('click', (click) => {
    const target = click.target;
    if (!(target instanceof Element)) return;
    const other = target.closest('a.q-language'); // the conversation goes on in the other language
    const open = new URLSearchParams(window.location.search).get('c');
    if (other && open) {
      const address = new URL(other.href);
      address.searchParams.set('c', open);
      other.href = address.href;
    }
    if (other && !(click.ctrlKey || click.metaKey || click.shiftKey)) { // no step to go back over
      click.preventDefault();
      window.location.replace(other.href);
    }
    const tab = target.closest('button[data-column]');
    if (tab) show(tab.dataset.column);
    const doing = target.closest('[data-event]')?.dataset.event;
    if (['cite', 'open', 'teach'].includes(doing)) show('source');
    if (doing === 'example' || doing === 'resume') show('conversation');
  });

  document.addEventListener('keydown', (key) => {
    if (key.isComposing || key.keyCode === 229) return; // an input method's own key
    if (key.key === 'Escape') show('conversation');
  });

  // What was typed and not asked is there again after a reload, and in the other language.
  const DRAFT = 'quoth-draft';
  const kept = (use) => { // inside another site's page a browser may keep nothing, and say so
    try { return use(sessionStorage); } catch { return null; }
  };
  document.addEventListener('input', (typed) => {
    if (!typed.target.matches('#q-question textarea')) return;
    kept((storage) => storage.setItem(DRAFT, typed.target.value));
  });
  const begun = new MutationObserver(() => {
    const box = document.querySelector('#q-question textarea');
    if (!box || !document.querySelector('#q-shelf .q-docs')) return;
    begun.disconnect();
    const draft = kept((storage) => storage.getItem(DRAFT));
    if (!draft || box.value) return;
    box.value = draft;
    box.dispatchEvent(new Event('input', { bubbles: true }));
  });
  begun.observe(root, { childList: true, subtree: true });

  // A table's row is copied as the text that it is, and not as a cell on each line.
  const QUOTED = '.q-quote, .q-text, .q-excerpt [data-start]';
  document.addEventListener('copy', (copy) => {
    const selection = document.getSelection();
    const range = selection.rangeCount ? selection.getRangeAt(0) : null;
    const around = range?.commonAncestorContainer;
    const whole = (around?.closest ? around : around?.parentElement)?.closest(`${QUOTED}, .q-excerpt`);
    const touched = (css) => [...whole.querySelectorAll(css)].filter((one) => range.intersectsNode(one));
    if (!whole || range.collapsed || !touched('.q-row').length) return;
    const parts = whole.matches('.q-excerpt') ? touched(QUOTED) : [whole];
    const text = parts.map((part) => {
      const inside = range.cloneRange();
      if (!part.contains(range.startContainer)) inside.setStart(part, 0);
      if (!part.contains(range.endContainer)) inside.setEnd(part, part.childNodes.length);
      return inside.toString();
    });
    copy.preventDefault();
    copy.clipboardData.setData('text/plain', text.join('\n\n'));
  });
})();
