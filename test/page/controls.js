// What there is to click, and what was clicked: at the end there must be no difference.
const there = new Map(); // kinds of links and buttons, and the address of a page that has one
const clicked = new Set();

// kinds says which links and buttons elements are. Those that only differ in the image, version
// or page of the list that they are for are one kind, and so are the head and foot of all
// pages. It runs in the page.
const kinds = (elements) =>
  elements.map((e) => {
    const places = [];
    for (let at = e.parentElement; at && at !== document.body; at = at.parentElement) {
      if (at.matches("header, main, section, nav, form, li, td, dl, details, p, .card")) places.unshift(at.localName + (at.classList.length ? "." + at.classList[0] : ""));
    }
    const [, first, , last] = location.pathname.split("/");
    const page = [document.title.split(" · ").at(-1)];
    if (places[0] === "main.wide") page.push("/" + first + (last ? "/*/" + last : ""));
    if (e.localName === "a") {
      const to = e.getAttribute("href");
      page.push(to.startsWith("http") ? "elsewhere" : to.replace(/\/(images?)\/[^?]*?(\/changes)?(\?.*)?$/, "/$1/*$2").replace(/\?.*/, ""), e.rel);
    } else {
      page.push(e.dataset.copy?.split(" ").slice(0, 2).join(" ") ?? e.type ?? "");
    }
    return [...page, ...places, e.localName].join(" ");
  });

export const kindsOf = (elements) => elements.evaluateAll(kinds);

// note remembers the links and buttons of a page.
export const note = async (page) => {
  for (const kind of await kindsOf(page.locator("a[href], button, summary"))) {
    if (!there.has(kind)) there.set(kind, page.url());
  }
};

// click clicks a link or a button, as a person does.
export const click = async (element) => {
  await element.waitFor({ state: "attached" });
  for (const kind of await kindsOf(element)) clicked.add(kind);
  await element.click();
};

// compared are the kinds of which none was clicked, and what there is in words.
export const compared = () => ({
  missed: [...there].filter(([kind]) => !clicked.has(kind)).map(([kind, at]) => `${kind} (${at})`),
  text: `${there.size} kinds of links and buttons`,
});
