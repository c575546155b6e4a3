// A part of the page alone in a frame: it tells the page around it how high it is, and a point that is picked on the
// strength curve can be heard.
(() => {
  const SOURCE = "hear-overfitting"; // by which the page around it knows what is told
  const part = () => document.querySelector("#lab-section");
  let told = 0;

  function tell(/** @type {Element} */ shown) {
    const height = Math.ceil(shown.getBoundingClientRect().bottom + window.scrollY) + 2; // and what its frame is short of
    if (height === told || shown.clientHeight === 0) return;
    told = height;
    // whoever shows this may know how high it is
    window.parent.postMessage({ source: SOURCE, height }, "*");
  }

  const coming = new MutationObserver(() => {
    const shown = part();
    if (!shown) return;
    coming.disconnect();
    new ResizeObserver(() => tell(shown)).observe(shown);
  });
  coming.observe(document, { childList: true, subtree: true });

  document.addEventListener("click", ({ target }) => {
    if (target instanceof Element && target.closest(".hear-curve-point")) document.documentElement.dataset.picked = "";
  });
})();
