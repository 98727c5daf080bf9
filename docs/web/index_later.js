// The theme asks for the index of its search with every page, and that is the largest file of all.
// So its request waits until somebody goes to the field to search in.
{
  const { open, send } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    this.waits = String(url).endsWith("/search/search_index.json");
    open.call(this, method, url, ...rest);
  };
  XMLHttpRequest.prototype.send = function (body) {
    const go = () => send.call(this, body);
    const field = document.querySelector("[data-md-component=search-query]");
    if (this.waits && field && field !== document.activeElement)
      field.addEventListener("focus", go, { once: true });
    else go();
  };
}
