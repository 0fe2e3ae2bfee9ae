// One panel's clicks: a button says in data-event what it does; the server decides whether it may.
// After each change the newest turn, or the mark, comes into view.
const events = ['example', 'cite', 'open', 'remove', 'turn', 'switch'];

element.addEventListener('click', (click) => {
  const button = click.target.closest('[data-event]');
  if (!button || button.disabled || !events.includes(button.dataset.event)) return;
  trigger(button.dataset.event, { ...button.dataset });
});

watch('value', () => {
  element.querySelectorAll('details[open]').forEach((details) => {
    if (details.classList.contains('q-remove')) details.open = false;
  });
  const mark = element.querySelector('.q-box, .q-excerpt mark');
  if (mark) mark.scrollIntoView({ block: 'center', inline: 'nearest' });
  const turns = element.querySelectorAll('.q-turn');
  if (turns.length) {
    turns[turns.length - 1].scrollIntoView({ block: 'start' });
    const asked = turns[turns.length - 1].querySelector('.q-question');
    document.title = `${asked.textContent} · Quoth`;
  } else if (element.querySelector('.q-welcome')) {
    document.title = 'Quoth';
  }
});
