// How people use a page: each of these clicks something and checks what comes of it.
import { click, kindsOf, note } from "./controls.js";

const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());

// press clicks a button that copies something, and checks what it copies.
export const press = async (page, button, check) => {
  const text = await button.getAttribute("data-copy");
  await click(button);
  await page.locator("#said", { hasText: "Copied: " + text }).waitFor({ state: "attached" });
  check((await clipboard(page)) === text, `the clipboard has ${await clipboard(page)}, not ${text}`);
};

// download clicks a link to a file, of which nobody needs the rest.
const download = async (page, link, href, check) => {
  const [file] = await Promise.all([page.waitForEvent("download"), click(link)]);
  check(new URL(file.url()).pathname === href, `${href} gives ${file.url()}`);
  await file.cancel();
};

// leave clicks a link to a page elsewhere, which must not learn from where somebody came.
const leave = async (page, link, href, check) => {
  const rel = await link.getAttribute("rel");
  check(rel.includes("noreferrer") && rel.includes("nofollow"), `${href} is ${rel}`);
  let asked;
  await page.route(href, (route) => {
    asked = route.request();
    return route.fulfill({ contentType: "text/html", body: "<title>elsewhere</title>" });
  });
  page.abroad = true;
  await click(link);
  await page.waitForURL(href);
  check(asked.headers()["referer"] === undefined, `${href} learns of ${asked.headers()["referer"]}`);
};

// everywhere clicks a link of each kind in a part of a page, and comes back. The others of its
// kind must lead to something.
export const everywhere = async (page, within, check) => {
  const at = page.url();
  await note(page);
  const links = page.locator(within + " a[href]");
  const all = await kindsOf(links);
  const found = await links.evaluateAll((all) => all.map((a) => a.getAttribute("href")));
  for (const [i, href] of found.entries()) {
    if (all.indexOf(all[i]) < i) {
      const status = href.startsWith("http") ? 200 : (await page.request.head(new URL(href, at).href)).status();
      check(status === 200, `${at} leads to ${href}, which is ${status}`);
      continue;
    }
    const link = links.nth(i);
    await link.evaluate((a) => a.closest("details")?.setAttribute("open", ""));
    if (href.startsWith("/images/")) {
      await download(page, link, href, check);
      continue;
    }
    if (href.startsWith("http")) {
      await leave(page, link, href, check);
    } else {
      const [answer] = await Promise.all([page.waitForResponse((r) => r.request().isNavigationRequest()), click(link)]);
      const status = answer.status();
      check(status === 200, `${at} leads to ${href}, which is ${status}`);
      await page.waitForLoadState("load");
    }
    await page.goto(at, { waitUntil: "load" });
    page.abroad = false;
  }
};

// skip goes past the head of the page, as somebody does who has only a keyboard.
export const skip = async (page) => {
  await page.goto(page.url(), { waitUntil: "load" });
  await page.keyboard.press("Tab");
  await click(page.getByRole("link", { name: "Skip to the content" }));
  await page.waitForURL("**/#main");
};
