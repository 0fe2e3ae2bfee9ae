// The server does not answer any more. Gradio says so in English, over the page, and loads it anew
// when the server is back; here it is said over the question box, in the page's language.
(() => {
  const look = () => {
    const lines = [...document.querySelectorAll('.toast-body')];
    if (!lines.some((line) => line.textContent.includes('Connection to the server was lost'))) return;
    looking.disconnect();
    document.body.classList.add('q-lost');
    const said = document.getElementById('q-no-server');
    said.textContent = said.dataset.said;
    document.dispatchEvent(new Event('q-failed')); // what was asked stands in its box
  };
  const looking = new MutationObserver(look);
  looking.observe(document.documentElement, { childList: true, subtree: true });
})();
