// What people do on the pages.
const names = (page) => page.locator("a.name").allTextContents();
const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());

// press clicks a button that copies something, and checks what it copies.
const press = async (page, button, check) => {
  const text = await button.getAttribute("data-copy");
  await button.click();
  await page.locator("#said", { hasText: "Copied: " + text }).waitFor({ state: "attached" });
  check((await clipboard(page)) === text, `the clipboard has ${await clipboard(page)}, not ${text}`);
};

// everywhere clicks all links of a part of a page that lead to pages, and comes back.
const everywhere = async (page, within, check) => {
  const at = page.url();
  const found = await page.locator(within + " a[href]").evaluateAll((all) => all.map((a) => a.getAttribute("href")));
  for (const href of new Set(found)) {
    const links = page.locator(`${within} a[href="${href}"]`).first();
    if (href.startsWith("http")) {
      const rel = await links.getAttribute("rel");
      check(rel.includes("noreferrer") && rel.includes("nofollow"), `${href} is ${rel}`);
      continue;
    }
    if (href.startsWith("/images/") || href.endsWith(".atom")) continue; // files, not pages
    const answer = page.waitForResponse((r) => r.request().isNavigationRequest());
    await links.click();
    const status = (await answer).status();
    check(status === 200, `${at} leads to ${href}, which is ${status}`);
    await page.waitForLoadState("load");
    await page.goto(at, { waitUntil: "load" });
  }
};

const search = async ({ ask, check, room }) => {
  const page = await (await room({}))(ask.sixty + "/");
  check(page.weight <= 100 * 1024, `the page and its files have ${page.weight} bytes`);
  check((await names(page)).length === 50, "the first page has 50 images");
  await page.keyboard.press("/");
  await page.keyboard.type("nginx");
  await page.waitForFunction(() => document.getElementById("count").textContent.startsWith("4 of 60"));
  check((await names(page)).every((n) => n.includes("nginx")), "a search shows what was asked for");
  await page.waitForURL("**/?q=nginx");
  check(await page.evaluate(() => document.activeElement.id === "q"), "somebody can go on typing");
  await page.selectOption("#arch", "arm64");
  await page.waitForFunction(() => document.getElementById("count").textContent.startsWith("1 of"));
  await page.fill("#q", "");
  await page.selectOption("#origin", "demand");
  await page.waitForURL("**/?arch=arm64&origin=demand");
  check(await page.evaluate(() => [...document.querySelectorAll("#results li")].every((li) => li.querySelector(".demand"))), "all are on demand");
  await page.reload();
  check((await page.locator("#arch").inputValue()) === "arm64" && (await page.locator("#origin").inputValue()) === "demand", "the form survives a reload");
  await page.selectOption("#arch", "");
  await page.selectOption("#origin", "pinned");
  await page.waitForURL("**/?origin=pinned");
  check(await page.evaluate(() => document.querySelectorAll("#results li").length === document.querySelectorAll("#results .pin").length), "all are pinned");
  await page.selectOption("#origin", "");
  await page.selectOption("#sort", "large");
  await page.waitForURL("**/?sort=large");
  await page.getByRole("link", { name: "Next" }).click();
  await page.waitForURL("**/?page=2&sort=large");
  check((await names(page)).length === 10, "the second page has the others");
  await page.getByRole("link", { name: "Previous" }).click();
  await page.waitForURL("**/?sort=large");
  await page.getByRole("link", { name: "Page 2" }).click();
  await page.waitForURL("**/?page=2&sort=large");
  await page.getByRole("link", { name: "Page 1" }).click();
  await page.waitForURL("**/?sort=large");
  await page.fill("#q", "no such thing");
  await page.locator("text=No image matches").waitFor();
  await page.getByRole("link", { name: "Show all 60" }).click();
  await page.waitForURL(ask.sixty + "/");
  await page.context().close();
};

const list = async ({ ask, check, room }) => {
  const page = await (await room({}))(ask.sixty + "/");
  for (const summary of await page.locator("main summary").all()) await summary.click();
  for (const button of await page.locator("section button.copy:visible").all()) await press(page, button, check);
  for (const button of await page.locator("#results li").first().locator("button").all()) await press(page, button, check);
  await everywhere(page, "header", check);
  await everywhere(page, "#results li:nth-child(-n+3)", check);
  await page.keyboard.press("Tab");
  await page.getByRole("link", { name: "Skip to the content" }).press("Enter");
  await page.waitForURL("**/#main");
  await page.context().close();
};

const images = async ({ ask, check, room }) => {
  const page = await (await room({}))(ask.sixty + "/?q=postgres");
  const button = page.locator("#results li").first().locator("button").nth(1);
  await button.focus();
  await page.keyboard.press("Enter");
  await page.locator("#said", { hasText: "Copied: incus launch hub:postgres" }).waitFor({ state: "attached" });
  await page.getByRole("link", { name: "postgres", exact: true }).click();
  await page.waitForURL("**/image/postgres");
  check((await page.locator("h1").textContent()) === "postgres", "an image has a page");
  for (const button of await page.locator("main button").all()) await press(page, button, check);
  check(await page.locator("ol.layers li").first().isVisible(), "layers can be seen");
  await page.locator("summary").first().click();
  check(!(await page.locator("ol.layers li").first().isVisible()), "layers can be hidden");
  await everywhere(page, "main", check);
  await page.getByRole("link", { name: "lxdocker" }).click();
  await page.waitForURL(ask.sixty + "/");
  page.expectsErrors = true;
  const answer = await page.goto(ask.sixty + "/image/none");
  check(answer.status() === 404, "an image that is not there is 404");
  await page.getByRole("link", { name: "All images" }).click();
  await page.waitForURL(ask.sixty + "/");
  await page.context().close();
};

const changes = async ({ ask, check, room }) => {
  const page = await (await room({}))(ask.sixty + "/image/rabbitmq");
  await page.getByRole("link", { name: "What changed in version" }).first().click();
  await page.waitForURL("**/image/rabbitmq/changes?**");
  page.weight = 0;
  await page.reload();
  check(page.weight <= 100 * 1024, `the page and its files have ${page.weight} bytes`);
  await page.getByRole("cell", { name: "openssl amd64" }).waitFor();
  await page.locator("ul.names li", { hasText: "rabbitmq.conf" }).waitFor();
  for (const summary of await page.locator("summary").all()) {
    const before = await summary.evaluate((s) => s.parentElement.open);
    await summary.click();
    check((await summary.evaluate((s) => s.parentElement.open)) !== before, "names can be shown and hidden");
  }
  const to = page.locator("#to");
  await to.selectOption({ index: 2 });
  await page.locator("#from").selectOption({ index: 2 });
  await page.getByRole("button", { name: "Compare" }).click();
  await page.getByText("These are the same version").waitFor();
  await to.selectOption({ index: 0 });
  await page.getByRole("button", { name: "Compare" }).click();
  await page.getByRole("heading", { name: "Packages" }).waitFor();
  await everywhere(page, "main", check);
  await page.goto(ask.sixty + "/image/home-assistant/changes");
  await page.getByText("was not noted").waitFor();
  await page.context().close();
};

const activity = async ({ ask, check, room }) => {
  const page = await (await room({}))(ask.sixty + "/");
  await page.getByRole("link", { name: "Activity" }).click();
  await page.waitForURL("**/activity");
  const bar = page.locator("progress").first();
  const before = Number(await bar.getAttribute("value"));
  await page.waitForFunction((n) => Number(document.querySelector("progress").value) > n, before);
  await page.fill("#ref", "library/redis:7");
  await page.getByRole("button", { name: "Try" }).click();
  await page.getByText("docker.io/library/redis:7", { exact: true }).waitFor();
  for (const button of await page.locator("main button.copy").all()) await press(page, button, check);
  await page.fill("#ref", "ghcr.io/secret/thing");
  await page.keyboard.press("Enter");
  await page.getByText("is none of the images").waitFor();
  await page.fill("#ref", "my-nginx");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "an image of this server" }).click();
  await page.waitForURL("**/image/nginx");
  await page.context().close();
};

const lastDay = async ({ ask, check, room }) => {
  const page = await (await room({}))(ask.admin + "/");
  check(page.weight <= 100 * 1024, `the page and its files have ${page.weight} bytes`);
  check((await page.getByRole("img", { name: "five minutes" }).count()) === 5, "there are five plots");
  await page.getByText("By the hour").click();
  await page.getByRole("columnheader", { name: "Requests" }).waitFor();
  await everywhere(page, "header", check);
  await page.context().close();
};

const withoutScripts = async ({ ask, check, room }) => {
  const page = await (await room({ javaScriptEnabled: false }))(ask.sixty + "/");
  check((await page.locator("button.copy:visible").count()) === 0, "without scripts no button pretends to copy");
  await page.fill("#q", "grafana");
  await page.selectOption("#sort", "new");
  await page.getByRole("button", { name: "Search" }).click();
  await page.waitForURL("**/?q=grafana&**");
  check((await names(page)).length === 4, "a search works without scripts");
  await page.context().close();
};

export const clicks = { search, list, images, changes, activity, lastDay, withoutScripts };
