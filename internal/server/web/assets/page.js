"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");

  // Copying: a button says what it copies.
  const copied = async (button) => {
    const text = button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    const label = button.dataset.label || button.textContent;
    button.dataset.label = label;
    button.textContent = "Copied";
    button.classList.add("done");
    const said = document.getElementById("said");
    if (said) said.textContent = "Copied: " + text;
    clearTimeout(button.timer);
    button.timer = setTimeout(() => {
      button.textContent = label;
      button.classList.remove("done");
    }, 1500);
  };
  document.addEventListener("click", (e) => {
    const button = e.target.closest("button[data-copy]");
    if (button) copied(button);
  });

  // What goes on: the server sends that part of the page when something has changed.
  const now = document.getElementById("now");
  if (now) {
    const events = new EventSource(now.dataset.events);
    events.onmessage = (e) => {
      const fresh = new DOMParser().parseFromString(e.data, "text/html");
      now.replaceChildren(...fresh.body.childNodes);
    };
  }

  // Searching while somebody types: the same address as the form's, and a part of its answer.
  const form = document.getElementById("find");
  if (!form) return;
  let timer, running;
  const address = () => {
    const words = new URLSearchParams();
    for (const [key, value] of new FormData(form)) {
      if (value.trim() !== "" && !(key === "sort" && value === "name")) words.set(key, value);
    }
    const text = words.toString();
    const list = form.getAttribute("action");
    return text === "" ? list : list + "?" + text;
  };
  const search = async () => {
    if (running) running.abort();
    const mine = (running = new AbortController());
    const to = address();
    try {
      const answer = await fetch(to, { signal: mine.signal });
      if (!answer.ok) throw new Error(answer.statusText);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine !== running) return;
      document.getElementById("results").replaceWith(page.getElementById("results"));
      document.getElementById("count").textContent = page.getElementById("count").textContent;
      history.replaceState(null, "", to);
    } catch (e) {
      if (e.name !== "AbortError") location.assign(to);
    }
  };
  const soon = (wait) => {
    clearTimeout(timer);
    timer = setTimeout(search, wait);
  };
  form.addEventListener("input", (e) => soon(e.target.type === "search" ? 150 : 0));
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    soon(0);
  });
  document.addEventListener("keydown", (e) => {
    const busy = e.target.closest("input, select, textarea");
    if (e.key === "/" && !busy && !e.ctrlKey && !e.metaKey && !e.altKey) {
      e.preventDefault();
      form.elements.q.focus();
    }
  });
})();
