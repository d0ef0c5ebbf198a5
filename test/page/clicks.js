// What people do on the pages.
import { click } from "./controls.js";
import { everywhere, press, skip } from "./ways.js";

const names = (page) => page.locator("a.name").allTextContents();

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
  await page.selectOption("#origin", "failing");
  await page.waitForURL("**/?origin=failing");
  check((await page.locator("#results li").count()) === 1 && (await page.locator("#results .bad").count()) === 1, "one image is failing, and says so");
  await page.selectOption("#origin", "");
  await page.selectOption("#sort", "large");
  await page.waitForURL("**/?sort=large");
  await click(page.getByRole("link", { name: "Next" }));
  await page.waitForURL("**/?page=2&sort=large");
  check((await names(page)).length === 10, "the second page has the others");
  await click(page.getByRole("link", { name: "Previous" }));
  await page.waitForURL("**/?sort=large");
  await click(page.getByRole("link", { name: "Page 2" }));
  await page.waitForURL("**/?page=2&sort=large");
  await click(page.getByRole("link", { name: "Page 1" }));
  await page.waitForURL("**/?sort=large");
  await page.fill("#q", "no such thing");
  await page.locator("text=No image matches").waitFor();
  await click(page.getByRole("link", { name: "Show all 60" }));
  await page.waitForURL(ask.sixty + "/");
  await page.context().close();
};

// few has every button of a server with two images pressed, without the newer way to copy.
const few = async ({ ask, check, room }) => {
  const open = await room({});
  const page = await open(ask.two + "/");
  await page.evaluate(() => (Clipboard.prototype.writeText = () => Promise.reject(new Error("refused"))));
  for (const summary of await page.locator("main summary").all()) await click(summary);
  for (const button of await page.locator("main button:visible").all()) await press(page, button, check);
  await page.context().close();
};

const list = async ({ ask, check, room }) => {
  const page = await (await room({}))(ask.sixty + "/");
  for (const summary of await page.locator("main summary").all()) await click(summary);
  for (const button of await page.locator("section button.copy:visible").all()) await press(page, button, check);
  for (const button of await page.locator("#results li").first().locator("button").all()) await press(page, button, check);
  await everywhere(page, "header", check);
  await everywhere(page, "#results li:nth-child(-n+3)", check);
  await everywhere(page, "section details p", check);
  await skip(page);
  await page.context().close();
};

const images = async ({ ask, check, room }) => {
  const page = await (await room({}))(ask.sixty + "/?q=postgres");
  const button = page.locator("#results li").first().locator("button").nth(1);
  await button.focus();
  await page.keyboard.press("Enter");
  await page.locator("#said", { hasText: "Copied: incus launch hub:postgres" }).waitFor({ state: "attached" });
  await click(page.getByRole("link", { name: "postgres", exact: true }));
  await page.waitForURL("**/image/postgres");
  check((await page.locator("h1").textContent()) === "postgres", "an image has a page");
  for (const button of await page.locator("main button").all()) await press(page, button, check);
  check(await page.locator("ol.layers li").first().isVisible(), "layers can be seen");
  await click(page.locator("summary").first());
  check(!(await page.locator("ol.layers li").first().isVisible()), "layers can be hidden");
  await everywhere(page, "main", check);
  await click(page.getByRole("link", { name: "lxdocker" }));
  await page.waitForURL(ask.sixty + "/");
  page.expectsErrors = true;
  const answer = await page.goto(ask.sixty + "/image/none");
  check(answer.status() === 404, "an image that is not there is 404");
  await click(page.getByRole("link", { name: "All images" }));
  await page.waitForURL(ask.sixty + "/");
  await page.context().close();
};

const changes = async ({ ask, check, room }) => {
  const page = await (await room({}))(ask.sixty + "/image/rabbitmq");
  await click(page.getByRole("link", { name: "What changed in version" }).first());
  await page.waitForURL("**/image/rabbitmq/changes?**");
  page.weight = 0;
  await page.reload();
  check(page.weight <= 100 * 1024, `the page and its files have ${page.weight} bytes`);
  await page.getByRole("cell", { name: "openssl amd64" }).waitFor();
  await page.locator("details ul.names li", { hasText: "rabbitmq.conf" }).waitFor();
  const layers = page.getByRole("region", { name: "Table of layers" }).locator("tbody tr");
  await layers.filter({ hasText: "Of lxdocker and the spec" }).waitFor();
  check((await layers.filter({ hasText: "new" }).filter({ hasText: "added" }).count()) > 0, "a new layer has its files");
  for (const summary of await page.locator("summary").all()) {
    const before = await summary.evaluate((s) => s.parentElement.open);
    await click(summary);
    check((await summary.evaluate((s) => s.parentElement.open)) !== before, "names can be shown and hidden");
  }
  const to = page.locator("#to");
  await to.selectOption({ index: 2 });
  await page.locator("#from").selectOption({ index: 2 });
  await click(page.getByRole("button", { name: "Compare" }));
  await page.getByText("These are the same version").waitFor();
  await to.selectOption({ index: 0 });
  await click(page.getByRole("button", { name: "Compare" }));
  await page.getByRole("heading", { name: "Packages" }).waitFor();
  await everywhere(page, "main", check);
  await page.goto(ask.sixty + "/image/home-assistant/changes");
  await page.getByText("was not noted").waitFor();
  page.expectsErrors = true;
  await page.goto(ask.sixty + "/image/rabbitmq/changes?from=never");
  await click(page.getByRole("link", { name: "All images" }));
  await page.waitForURL(ask.sixty + "/");
  await page.context().close();
};

const activity = async ({ ask, check, room }) => {
  const page = await (await room({}))(ask.sixty + "/");
  await click(page.getByRole("link", { name: "Activity" }));
  await page.waitForURL("**/activity");
  const bar = page.locator("progress").first();
  const before = Number(await bar.getAttribute("value"));
  await page.waitForFunction((n) => Number(document.querySelector("progress").value) > n, before);
  await page.fill("#ref", "library/redis:7");
  await click(page.getByRole("button", { name: "Try" }));
  await page.getByText("docker.io/library/redis:7", { exact: true }).waitFor();
  for (const button of await page.locator("main button.copy").all()) await press(page, button, check);
  await page.fill("#ref", "ghcr.io/secret/thing");
  await page.keyboard.press("Enter");
  await page.getByText("is none of the images").waitFor();
  await page.getByText("which images it makes").waitFor();
  check((await page.locator("#now .next").count()) === (await page.locator("section:has(#failed) li").count()), "each failure has a next step");
  await page.fill("#ref", "my-nginx");
  await page.keyboard.press("Enter");
  await click(page.getByRole("link", { name: "an image of this server" }));
  await page.waitForURL("**/image/nginx");
  await page.context().close();
};

const lastDay = async ({ ask, check, room }) => {
  const page = await (await room({}))(ask.admin + "/");
  check(page.weight <= 100 * 1024, `the page and its files have ${page.weight} bytes`);
  check((await page.getByRole("img", { name: "five minutes" }).count()) === 5, "there are five plots");
  await click(page.getByText("By the hour"));
  await page.getByRole("columnheader", { name: "Requests" }).waitFor();
  await everywhere(page, "header", check);
  await skip(page);
  await page.context().close();
};

const withoutScripts = async ({ ask, check, room }) => {
  const page = await (await room({ javaScriptEnabled: false }))(ask.sixty + "/");
  check((await page.locator("button.copy:visible").count()) === 0, "without scripts no button pretends to copy");
  await page.fill("#q", "grafana");
  await page.selectOption("#sort", "new");
  await click(page.getByRole("button", { name: "Search" }));
  await page.waitForURL("**/?q=grafana&**");
  check((await names(page)).length === 4, "a search works without scripts");
  await page.context().close();
};

// The clipboard is one for all pages: what uses it is done in a row.
export const copying = { list, few, images, activity };
export const clicks = { search, changes, lastDay, withoutScripts };
