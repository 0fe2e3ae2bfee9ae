// A question on its way. It is shown where it will stand, and leaves the box, as soon as it is sent:
// the server's own drawing takes that one's place. One that was refused, or got lost, comes back.
// How far it has come is shown where its answer will stand; the thread itself is not sent again.
// One that is sent while another is answered waits for that, since Gradio drops it.
const box = () => document.querySelector('#q-question textarea');
const type = (text) => {
  box().value = text;
  box().dispatchEvent(new Event('input', { bubbles: true }));
};
let asked = null; // the question that is on its way

const clear = (which = '.q-early') => {
  document.querySelectorAll(`#q-thread ${which}`).forEach((turn) => turn.remove());
};
const draw = (question) => {
  const drawn = document.getElementById('q-to-be').content.firstElementChild.cloneNode(true);
  const head = drawn.querySelector('.q-question');
  drawn.classList.add('q-early');
  head.textContent = question;
  head.ariaLabel = head.ariaLabel.replace('{question}', () => question);
  document.querySelector('#q-thread :is(.q-welcome, .q-turn)').parentNode.append(drawn);
  drawn.scrollIntoView({ block: 'start' });
};
// What was said of the last question is over when the next one is typed.
const said = (stale) => document.getElementById('q-conversation').classList.toggle('q-stale', stale);
document.addEventListener('input', (typed) => {
  if (typed.isTrusted && typed.target === box()) said(true);
});
const send = (question) => {
  if (!question) return;
  asked = question;
  clear();
  draw(question);
};
const end = (failed) => {
  clear(failed ? '.q-pending' : '.q-early');
  said(false);
  const back = failed || element.querySelector('[data-refused]') ? asked : null;
  asked = null;
  if (back) type([back, box().value].filter(Boolean).join('\n')); // before what was typed meanwhile
};
document.addEventListener('q-asked', (event) => {
  send(event.detail.trim());
  type('');
});
document.addEventListener('q-over', () => end(false));
document.addEventListener('q-failed', () => end(true));
document.addEventListener('click', (click) => {
  const example = click.target.closest?.('[data-event="example"]');
  if (example) send(example.dataset.question);
  if (click.target.closest?.('[data-event="as_typed"]')) said(false);
  if (click.target.closest?.('#q-fresh, [data-event="resume"]')) clear(); // it is answered elsewhere
});

let waiting = null;
const stop = () => {
  clearInterval(waiting);
  document.getElementById('q-asking').classList.remove('q-waiting');
};
const wait = () => {
  const question = box().value;
  stop();
  if (!asked || !question.trim()) return;
  document.getElementById('q-asking').classList.add('q-waiting');
  waiting = setInterval(() => { // until it is taken, or something else stands there
    if (box().value !== question) stop();
    else if (!asked) document.getElementById('q-send').click();
  }, 250);
};
document.addEventListener('keydown', (key) => {
  if (key.isComposing || key.keyCode === 229) return; // an input method's own key
  if (key.key === 'Enter' && !key.shiftKey && key.target === box()) wait();
});
document.addEventListener('click', (click) => {
  if (click.isTrusted && click.target.closest?.('#q-send')) wait();
});

watch('value', () => {
  const line = document.querySelector('.q-pending [role="status"]');
  if (line && element.textContent.trim()) line.textContent = element.textContent.trim();
});
