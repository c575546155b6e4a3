// Style sheets of components, each on the page once.

/**
 * Put a style sheet into the page, unless it is there.
 *
 * @param {URL} address
 * @returns {Promise<void>} kept once it is in force; a sheet that does not come leaves the page plain, but whole
 */
export function styled(address) {
  const links = /** @type {HTMLLinkElement[]} */ ([...document.querySelectorAll('link[rel="stylesheet"]')]);
  let link = links.find(({ href }) => href === address.href);
  if (!link) {
    link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = address.href;
    document.head.append(link);
  }
  if (link.sheet) return Promise.resolve();
  const coming = link;
  return new Promise((resolve) => {
    for (const event of ["load", "error"]) coming.addEventListener(event, () => resolve(), { once: true });
  });
}
