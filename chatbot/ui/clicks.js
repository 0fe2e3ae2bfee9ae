// One panel's clicks: a button says in data-event what it does; the server decides whether it may.
// After each change the newest turn, or the mark, comes into view.
const events = ['example', 'cite', 'open', 'remove', 'cancel', 'retry', 'dismiss', 'turn',
  'further', 'number', 'step', 'switch', 'as_typed', 'paste', 'choose', 'make', 'retitle', 'discard',
  'judge', 'teach', 'earlier', 'resume', 'rename', 'forget', 'forget_all', 'export'];

element.addEventListener('click', (click) => {
  const button = click.target.closest('[data-event]');
  if (!button || button.disabled || button.matches('input, select') || !events.includes(button.dataset.event)) return;
  if (button.form) return; // its form says the rest
  if (button.matches('a')) {
    if (click.ctrlKey || click.metaKey || click.shiftKey) return; // in another tab, as any link
    click.preventDefault();
  }
  if (button.dataset.event === 'forget') kept.delete(button.dataset.conversation);
  trigger(button.dataset.event, { ...button.dataset });
});
element.addEventListener('submit', (submit) => { // a form's button carries what its fields hold
  const button = submit.target.querySelector('[data-event]');
  submit.preventDefault();
  const blank = [...submit.target.elements].find((box) => box.required && !box.value.trim());
  if (blank) { // the browser says what is missing
    blank.value = '';
    blank.reportValidity();
    return;
  }
  submit.target.closest('details').open = false;
  trigger(button.dataset.event, { ...button.dataset, ...Object.fromEntries(new FormData(submit.target)) });
});
// What was said of the files before these is over; taken from the value, or the same words, said
// again, would be no change.
document.addEventListener('q-adding', () => {
  if (element.querySelector('.q-told')) props.value = props.value.replace(/<p class="q-told".*?<\/p>/s, '');
});
// The candidate or passage whose source is open says so, also after the list was drawn anew.
let current = null;
let newest = null;
const showCurrent = () => {
  const turns = element.querySelectorAll('.q-turn[data-turn]');
  const last = turns[turns.length - 1];
  if (!last) newest = null;
  if (last && last.dataset.turn !== newest) {
    newest = last.dataset.turn;
    const best = last.querySelector('[data-event="cite"][data-kind="candidate"]');
    current = best && JSON.stringify({ ...best.dataset });
  }
  element.querySelectorAll('[data-event="cite"]').forEach((button) => {
    const isCurrent = JSON.stringify({ ...button.dataset }) === current;
    if (isCurrent) button.setAttribute('aria-current', 'true');
    else button.removeAttribute('aria-current');
  });
};
document.addEventListener('click', (click) => {
  const button = click.target.closest?.('[data-event="cite"], [data-event="open"]');
  if (!button) return;
  current = JSON.stringify({ ...button.dataset });
  showCurrent();
});
element.addEventListener('change', (change) => { // what was typed or chosen
  const box = change.target.closest('input[data-event], select[data-event]');
  if (!box) return;
  kept.delete(box.dataset.conversation);
  trigger(box.dataset.event, { ...box.dataset, value: box.value });
  if (box.matches('.q-at')) box.value = box.defaultValue; // the same page again is no change to draw
});

// A list that is drawn anew while files come in keeps what was opened in it, and the focus: Gradio
// fills the nodes that are there with other rows, so that the focused one may be another's now.
const key = (node) => {
  const button = node?.closest('[data-event], .q-remove')?.closest('.q-remove, [data-event]');
  const named = button?.matches('.q-remove') ? button.querySelector('[data-event]') : button;
  return named && JSON.stringify({ ...named.dataset });
};
// What has the focus: what kind of node, and whose.
const holder = (node) => {
  const whose = key(node) ?? node?.closest('details[data-key]')?.dataset.key;
  return whose ? `${node.localName} ${node.className} ${whose}` : null;
};
let opened = null;
let focused = null;
const kept = new Set(); // of all that may stand open at once
element.addEventListener('toggle', (toggle) => {
  const name = toggle.target.dataset.key;
  if (name && toggle.target.isConnected) kept[toggle.target.open ? 'add' : 'delete'](name);
  if (toggle.target.matches('.q-remove')) opened = toggle.target.open ? key(toggle.target) : null;
}, true);
element.addEventListener('focusin', (focus) => { focused = holder(focus.target); });
document.addEventListener('focusin', (focus) => {
  if (!element.contains(focus.target)) focused = null;
});

// A day in its reader's own time and language, as their country writes it; of today, the hour.
const said = (moment) => {
  const today = moment.toDateString() === new Date().toDateString();
  const year = moment.getFullYear() === new Date().getFullYear() ? undefined : 'numeric';
  const parts = today ? { hour: 'numeric', minute: '2-digit' } : { day: 'numeric', month: 'short', year };
  const language = document.documentElement.lang;
  const own = navigator.languages?.find((one) => one.split('-')[0] === language.split('-')[0]);
  return moment.toLocaleString(own || language || undefined, parts);
};
// The address names the conversation that is open, so that a reload or another tab finds it; one
// that was turned to by hand is a step further, which the browser's Back undoes.
let turning = false;
document.addEventListener('click', (click) => {
  if (click.ctrlKey || click.metaKey || click.shiftKey) return;
  if (click.target.closest?.('[data-event="resume"], #q-fresh')) turning = true;
});
window.addEventListener('popstate', () => {
  if (!element.querySelector('.q-chats')) return;
  turning = false;
  const open = new URL(window.location).searchParams.get('c');
  trigger('resume', { conversation: open === 'new' ? '' : open ?? '' });
});
const named = (chats) => {
  const address = new URL(window.location);
  if (chats.matches('.q-some')) address.searchParams.set('c', chats.dataset.current || 'new');
  else address.searchParams.delete('c');
  if (address.href === window.location.href) return;
  window.history[turning ? 'pushState' : 'replaceState'](window.history.state, '', address);
  turning = false;
};

let taken = '0'; // of the texts that were pasted, how many are documents now
watch('value', () => {
  const form = element.querySelector('form[data-n]');
  if (form && form.dataset.n !== taken) {
    taken = form.dataset.n;
    form.reset();
  }
  element.querySelectorAll('details[data-key]').forEach((details) => {
    details.open = kept.has(details.dataset.key);
  });
  element.querySelectorAll('time').forEach((time) => {
    time.textContent = said(new Date(time.dateTime));
  });
  element.querySelectorAll('.q-chats').forEach(named);
  element.querySelectorAll('.q-remove').forEach((details) => {
    details.open = opened !== null && key(details) === opened;
  });
  element.querySelectorAll('select').forEach((select) => { // chosen by hand, it heeds no attribute
    select.value = select.querySelector('option[selected]')?.value ?? '';
  });
  if (focused !== null && holder(document.activeElement) !== focused) {
    const again = [...element.querySelectorAll('a, button, summary, input')]
      .find((one) => holder(one) === focused);
    if (again) again.focus({ preventScroll: true });
  }
  const mark = element.querySelector('.q-box, .q-excerpt mark');
  if (mark) mark.scrollIntoView({ block: 'center', inline: 'nearest' });
  else if (element.querySelector('.q-page')) element.closest('#q-view').scrollTop = 0;
  showCurrent();
  const turns = element.querySelectorAll('.q-turn');
  if (turns.length) {
    turns[turns.length - 1].scrollIntoView({ block: 'start' });
    const asked = turns[turns.length - 1].querySelector('.q-question');
    document.title = `${asked.textContent} · Quoth`;
  } else if (element.querySelector('.q-welcome')) {
    document.title = 'Quoth';
  }
});
