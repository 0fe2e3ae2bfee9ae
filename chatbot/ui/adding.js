// Files on their way in, chosen or dropped anywhere: a folder is the files in it, what is too large
// is left out, and a line says so while the bytes travel. Gradio sends them; knows ids of layout.py.
(() => {
  const INPUT = '#q-library input[type="file"]';
  const carriesFiles = (drag) => drag.dataTransfer?.types.includes('Files');
  const carrying = (files) => {
    const carried = new DataTransfer();
    files.forEach((file) => carried.items.add(file));
    return carried.files;
  };

  let sending = 0;
  const tell = () => {
    const line = document.querySelector('.q-drop');
    const count = sending === 1 ? line.dataset.one : line.dataset.many.replace('{count}', sending);
    line.dataset.rest ??= line.textContent;
    line.classList.toggle('q-idle', !sending);
    line.textContent = sending ? count : line.dataset.rest;
  };
  const leaveOut = (names) => {
    const line = document.querySelector('.q-out');
    line.textContent = names && line.dataset.out.replace('{names}', () => names);
  };
  document.addEventListener('click', (click) => { // said once: the next thing begins
    if (click.target.closest?.('#q-library [data-event]')) leaveOut('');
  });
  new PerformanceObserver((list) => { // the bytes have come, or will not
    if (!list.getEntries().some((entry) => /\/upload(\?|$)/.test(entry.name))) return;
    sending = 0;
    tell();
  }).observe({ type: 'resource' });

  document.addEventListener('change', (change) => { // before Gradio sees it
    const input = change.target;
    if (!input.matches(INPUT)) return;
    const { max } = document.querySelector('.q-drop').dataset;
    const large = [...input.files].filter((file) => file.size > Number(max));
    document.dispatchEvent(new Event('q-adding'));
    leaveOut(large.map((file) => file.name).join(', '));
    if (large.length) input.files = carrying([...input.files].filter((file) => !large.includes(file)));
    sending += input.files.length;
    if (!input.files.length) change.stopPropagation();
    tell();
  }, true);

  const within = async (folder) => { // the files of a folder, but for hidden ones
    const reader = folder.createReader();
    const found = [];
    for (;;) { // it gives some at a time
      const some = await new Promise((got) => { reader.readEntries(got, () => got([])); });
      if (!some.length) return found.flat();
      for (const entry of some.filter((one) => !one.name.startsWith('.'))) {
        const file = () => new Promise((got) => { entry.file((one) => got([one]), () => got([])); });
        found.push(await (entry.isDirectory ? within(entry) : file()));
      }
    }
  };
  const carried = (item) => {
    const entry = item.webkitGetAsEntry();
    return entry?.isDirectory ? within(entry) : [item.getAsFile()];
  };

  let depth = 0;
  const hover = (on) => document.getElementById('q-desk')?.classList.toggle('q-dropping', on);
  document.addEventListener('dragenter', (drag) => {
    if (carriesFiles(drag)) { depth += 1; hover(true); }
  });
  document.addEventListener('dragleave', (drag) => {
    if (carriesFiles(drag)) { depth -= 1; hover(depth > 0); }
  });
  document.addEventListener('dragover', (drag) => {
    if (carriesFiles(drag)) drag.preventDefault();
  });
  document.addEventListener('drop', async (drag) => {
    depth = 0;
    hover(false);
    if (!carriesFiles(drag) || !document.querySelector(INPUT)) return;
    drag.preventDefault();
    const items = [...drag.dataTransfer.items].filter((item) => item.kind === 'file');
    const files = (await Promise.all(items.map(carried))).flat();
    const input = document.querySelector(INPUT);
    input.files = carrying(files);
    input.dispatchEvent(new Event('change', { bubbles: true }));
    document.querySelector('#q-nav [data-column="library"]').click();
  });
})();
