// Many documents: hides the rows that do not hold what is typed over the list, also after it was
// drawn anew. Knows ids of layout.py and classes of views/library.py.
(() => {
  const sift = (typed) => {
    document.querySelectorAll('#q-shelf .q-doc').forEach((row) => {
      row.hidden = !row.querySelector('.q-name').textContent.toLowerCase().includes(typed);
    });
  };
  let drawn = null;
  document.addEventListener('input', (input) => {
    const box = input.target;
    if (box.id !== 'q-by-name') return;
    const again = () => sift(box.value.trim().toLowerCase());
    drawn ??= new MutationObserver(again);
    drawn.observe(document.getElementById('q-shelf'), { childList: true, subtree: true });
    again();
  });
})();
