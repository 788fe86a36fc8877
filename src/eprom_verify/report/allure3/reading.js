// What a reader needs, and Allure's page does not do by itself; runs before anything else in it.
(() => {
  // It goes to the first row when it opens, past the conclusion; only who comes by a link has asked for that.
  let asked = location.search !== "";
  for (const kind of ["pointerdown", "keydown"]) {
    addEventListener(kind, () => { asked = true; }, { capture: true, once: true });
  }
  const usual = Object.getOwnPropertyDescriptor(Element.prototype, "scrollTop");
  Object.defineProperty(Element.prototype, "scrollTop", {
    configurable: true,
    get: usual.get,
    set(top) { if (asked) usual.set.call(this, top); },
  });

  // Pages from disk share one storage: what was chosen in another report, such as its language, is not chosen here.
  for (const name of ["getItem", "setItem", "removeItem"]) {
    const shared = Storage.prototype[name];
    Storage.prototype[name] = function (key, ...rest) { return shared.call(this, `eprom-verify.${key}`, ...rest); };
  }

  // What is searched for would lie in closed groups. Each is opened once, so that it can be closed again.
  const most = 100;
  let wanted = "";
  let opened = new Set();
  const openFound = () => {
    const address = new URLSearchParams(location.search);
    const now = [address.get("query") ?? "", ...address.getAll("tags")].join("\n").trim();
    if (now !== wanted) {
      wanted = now;
      opened = new Set();
    }
    if (!wanted || document.querySelectorAll("[data-testid=tree-leaf]").length > most) return;
    for (const group of document.querySelectorAll("[data-testid=tree-section]")) {
      if (opened.has(group.id) || group.nextElementSibling?.dataset.testid === "tree-content") continue;
      opened.add(group.id);
      group.click();
    }
  };
  // The page changes in many steps, with the address among them: looked at when it has come to rest for a moment.
  let waiting = 0;
  new MutationObserver(() => {
    clearTimeout(waiting);
    waiting = setTimeout(openFound, 150);
  }).observe(document, { childList: true, subtree: true });
})();
