// What people say of answers: puts what the server says of one turn in its place, and turns a
// selection in the source into offsets. Knows ids of layout.py and classes of views/teaching.py.
const view = () => document.getElementById('q-view');
let range = null; // offsets of the selection, in code points of the document's text

// Code points from the beginning of a paragraph's slice to a point in it; 0 or all outside it.
const offsetIn = (paragraph, node, at) => {
  const before = document.createRange();
  before.selectNodeContents(paragraph);
  const place = before.comparePoint(node, at);
  if (place < 0) return Number(paragraph.dataset.start);
  if (place === 0) before.setEnd(node, at);
  return Number(paragraph.dataset.start) + [...before.toString()].length;
};

const selected = () => {
  const selection = document.getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const chosen = selection.getRangeAt(0);
  const touched = [...(view()?.querySelectorAll('[data-start]') ?? [])]
    .filter((paragraph) => chosen.intersectsNode(paragraph));
  if (!touched.length) return null;
  const start = offsetIn(touched[0], chosen.startContainer, chosen.startOffset);
  const end = offsetIn(touched[touched.length - 1], chosen.endContainer, chosen.endOffset);
  return end > start ? { start, end, words: selection.toString() } : null;
};

const box = () => element.querySelector('.q-words');
document.addEventListener('selectionchange', () => {
  if (!box() || document.activeElement === box()) return;
  const found = selected();
  if (!found) return;
  range = found;
  box().value = found.words.replace(/\s+/g, ' ').trim();
});
element.addEventListener('input', () => { range = null; });

const say = () => {
  const words = box().value;
  trigger('here', range ? { ...range } : { words });
};
element.addEventListener('mousedown', (press) => { // a press would take the selection away
  if (press.target.closest('button')) press.preventDefault();
});
element.addEventListener('click', (click) => {
  const doing = click.target.closest('[data-event]')?.dataset.event;
  if (doing === 'here') say();
  if (doing === 'leave') trigger('leave');
});
document.addEventListener('click', (click) => { // thanks were said: the next thing begins
  if (click.target instanceof Element && click.target.closest('#q-thread, #q-shelf, #q-asking')) {
    element.querySelector('.q-done')?.remove();
  }
});
element.addEventListener('keydown', (key) => {
  if (key.isComposing || key.keyCode === 229) return; // an input method's own key
  if (key.key === 'Enter' && key.target === box()) { key.preventDefault(); say(); }
});

let shown = false; // the form, which gets the focus once, where that brings no keyboard up
watch('value', () => {
  range = null;
  if (box() && !shown && matchMedia('(hover: hover)').matches) box().focus({ preventScroll: true });
  shown = box() !== null;
  const said = element.querySelector('[data-thumb]');
  if (!said) return;
  const turn = document.querySelector(`#q-thread .q-turn[data-turn="${CSS.escape(said.dataset.turn)}"]`);
  if (!turn) return;
  turn.querySelectorAll('.q-thumb').forEach((thumb) => {
    thumb.setAttribute('aria-pressed', String(thumb.dataset.thumb === said.dataset.thumb));
  });
  turn.querySelector('.q-lesson').innerHTML = said.innerHTML;
});
