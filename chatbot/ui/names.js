// Many documents: hides the rows that do not hold what is typed over the list, also after it was
// drawn anew. What was just added is shown in any case, and comes into view.
// Knows ids of layout.py and classes of views/library.py.
(() => {
  let typed = '';
  let before = null; // names of the rows that were there when something was added, but for its own
  let isSeen = true; // whether what was added has come into view
  const shelf = () => document.getElementById('q-shelf');
  const rows = () => [...shelf().querySelectorAll('.q-doc')];
  const nameOf = (row) => row.querySelector('.q-name').textContent;
  const isAdded = (row) => before !== null && !before.has(nameOf(row));

  const sift = () => {
    rows().forEach((row) => {
      row.hidden = !nameOf(row).toLowerCase().includes(typed) && !isAdded(row);
    });
    shelf().querySelectorAll('.q-docs').forEach((section) => {
      section.hidden = typed !== '' && !section.querySelector('.q-doc:not([hidden])');
    });
    const line = document.querySelector('.q-no-name');
    const said = rows().every((row) => row.hidden) && typed !== '' ? line.dataset.none : '';
    if (line.textContent !== said) line.textContent = said;
  };
  const drawn = new MutationObserver(() => {
    sift();
    const added = isSeen ? null : rows().find(isAdded);
    if (!added) return;
    isSeen = true;
    added.scrollIntoView({ block: 'nearest' });
  });
  const follow = () => drawn.observe(shelf(), { childList: true, subtree: true, characterData: true });

  const adding = (names) => {
    before = new Set(rows().map(nameOf).filter((name) => !names.includes(name)));
    isSeen = false;
    follow();
  };
  document.addEventListener('change', (change) => {
    if (change.target.matches('#q-library input[type="file"]')) {
      adding([...change.target.files].map((file) => file.name));
    } else if (change.target.matches('#q-choice select')) before = null;
  }, true);
  document.addEventListener('submit', (submit) => {
    if (submit.target.matches('#q-paste form')) adding([submit.target.elements.name.value.trim()]);
  }, true);
  document.addEventListener('input', (input) => {
    if (input.target.id !== 'q-by-name') return;
    typed = input.target.value.trim().toLowerCase();
    before = null; // who looks for a name has seen what came
    follow();
    sift();
  });
})();
