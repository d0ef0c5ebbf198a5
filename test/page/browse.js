// Drives Chromium through the pages of several servers, whose addresses are in the argument.
import { chromium } from "playwright-core";
import axe from "axe-core";

const ask = JSON.parse(process.argv[2]);
const browser = await chromium.launch({ executablePath: ask.chromium, args: [
  "--no-sandbox", "--host-resolver-rules=MAP hub.example:443 " + new URL(ask.documented).host,
] });
let failed = 0;

const check = (right, what) => {
  if (right) return;
  failed++;
  console.log("FAILED: " + what);
};

// open gives a page, of which nothing may be refused by the policy or missing.
const open = async (options, to, missing = false) => {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
  context.setDefaultTimeout(60000);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]).catch(() => {});
  const page = await context.newPage();
  page.expectsErrors = missing; // the browser says that there is a 404
  let bytes = 0;
  page.on("console", (m) => check(m.type() !== "error" || page.expectsErrors, `${to}: ${m.text()}`));
  page.on("pageerror", (e) => check(false, `${to}: ${e}`));
  page.on("request", (r) => check(r.url().startsWith(new URL(to).origin), `${to} asks for ${r.url()}`));
  page.on("response", async (r) => {
    bytes += Number(r.headers()["content-length"] ?? 0);
  });
  await page.goto(to, { waitUntil: "load" });
  page.weight = () => bytes;
  return page;
};

const names = (page) => page.locator("a.name").allTextContents();
const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());

// accessible has axe-core look at a page.
const accessible = async (page, what) => {
  await page.evaluate(axe.source);
  const found = await page.evaluate(() => globalThis.axe.run(document));
  for (const v of found.violations) check(false, `${what}: ${v.id}: ${v.help}: ${v.nodes.map((n) => n.html).slice(0, 3)}`);
};

const search = async () => {
  const page = await open({}, ask.sixty + "/");
  check(page.weight() <= 100 * 1024, `the page and its files have ${page.weight()} bytes`);
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
  await page.waitForFunction(() => [...document.querySelectorAll("#results li")].every((li) => li.querySelector(".demand")));
  await page.reload();
  check((await page.locator("#arch").inputValue()) === "arm64" && (await page.locator("#origin").inputValue()) === "demand", "the form survives a reload");
  await page.selectOption("#arch", "");
  await page.selectOption("#origin", "pinned");
  await page.waitForFunction(() => document.querySelectorAll("#results li").length === document.querySelectorAll("#results .pin").length);
  await page.selectOption("#origin", "");
  await page.selectOption("#sort", "large");
  await page.waitForURL("**/?sort=large");
  await page.getByRole("link", { name: "Next" }).click();
  await page.waitForURL("**/?page=2&sort=large");
  check((await names(page)).length === 10, "the second page has the others");
  await page.getByRole("link", { name: "Page 1" }).click();
  await page.waitForURL("**/?sort=large");
  await page.fill("#q", "no such thing");
  await page.locator("text=No image matches").waitFor();
  await page.getByRole("link", { name: "Show all 60" }).click();
  await page.waitForURL(ask.sixty + "/");
  await page.context().close();
};

const images = async () => {
  const page = await open({}, ask.sixty + "/?q=postgres");
  const buttons = page.locator("#results li").first().locator("button");
  await buttons.nth(0).click();
  check((await clipboard(page)) === "lxc launch hub:postgres", `copied: ${await clipboard(page)}`);
  await page.locator("#said", { hasText: "Copied: lxc launch hub:postgres" }).waitFor({ state: "attached" });
  await buttons.nth(1).focus();
  await page.keyboard.press("Enter");
  await page.locator("#said", { hasText: "Copied: incus launch hub:postgres" }).waitFor({ state: "attached" });
  check((await clipboard(page)) === "incus launch hub:postgres", `copied: ${await clipboard(page)}`);
  await page.getByRole("link", { name: "postgres", exact: true }).click();
  await page.waitForURL("**/image/postgres");
  check((await page.locator("h1").textContent()) === "postgres", "an image has a page");
  for (const button of await page.locator("main button").all()) {
    await button.click();
    check((await clipboard(page)) === (await button.getAttribute("data-copy")), "each line can be copied");
  }
  check(await page.locator("ol.layers li").first().isVisible(), "layers can be seen");
  await page.locator("summary").first().click();
  check(!(await page.locator("ol.layers li").first().isVisible()), "layers can be hidden");
  await page.getByRole("link", { name: "lxdocker" }).click();
  await page.waitForURL(ask.sixty + "/");
  page.expectsErrors = true;
  const answer = await page.goto(ask.sixty + "/image/none");
  check(answer.status() === 404, "an image that is not there is 404");
  await page.getByRole("link", { name: "All images" }).click();
  await page.waitForURL(ask.sixty + "/");
  await page.context().close();
};

const activity = async () => {
  const page = await open({}, ask.sixty + "/");
  await page.getByRole("link", { name: "Activity" }).click();
  await page.waitForURL("**/activity");
  const bar = page.locator("progress").first();
  const before = Number(await bar.getAttribute("value"));
  await page.waitForFunction((n) => Number(document.querySelector("progress").value) > n, before);
  await page.fill("#ref", "library/redis:7");
  await page.getByRole("button", { name: "Try" }).click();
  await page.getByText("docker.io/library/redis:7", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Copy lxc launch hub:library/redis:7" }).click();
  check((await clipboard(page)) === "lxc launch hub:library/redis:7", "what is allowed can be copied");
  await page.fill("#ref", "ghcr.io/secret/thing");
  await page.keyboard.press("Enter");
  await page.getByText("is none of the images").waitFor();
  await page.fill("#ref", "my-nginx");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "an image of this server" }).click();
  await page.waitForURL("**/image/nginx");
  await page.context().close();
};

const withoutScripts = async () => {
  const page = await open({ javaScriptEnabled: false }, ask.sixty + "/");
  check((await page.locator("button.copy:visible").count()) === 0, "without scripts no button pretends to copy");
  await page.fill("#q", "grafana");
  await page.selectOption("#sort", "new");
  await page.getByRole("button", { name: "Search" }).click();
  await page.waitForURL("**/?q=grafana&**");
  check((await names(page)).length === 4, "a search works without scripts");
  await page.context().close();
};

const screenshots = async () => {
  const paths = { none: ["/"], two: ["/"], sixty: ["/", "/image/rabbitmq", "/image/home-assistant", "/?q=grafana", "/activity", "/activity?ref=library/redis:7", "/activity?ref=ghcr.io/secret/thing", "/image/none", "/?q=nothing+of+that+kind"], tenthousand: ["/", "/?q=node&sort=large&page=5"] };
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [400, 1280]) {
      for (const [server, all] of Object.entries(paths)) {
        for (const [i, path] of all.entries()) {
          const page = await open({ colorScheme, viewport: { width, height: 900 } }, ask[server] + path, path === "/image/none");
          const what = `${server}-${i}-${width}-${colorScheme}`;
          await page.screenshot({ path: `${ask.screens}/${what}.png`, fullPage: server !== "tenthousand" && !(server === "sixty" && i === 0) });
          check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${what}: it is wider than the window`);
          await accessible(page, what);
          await page.context().close();
        }
      }
    }
  }
};

// documented takes the pictures of the documentation.
const documented = async () => {
  for (const [name, path, colorScheme, height] of [["page", "/", "light", 800], ["page-image", "/image/rabbitmq", "light", 850], ["page-activity", "/activity", "dark", 760]]) {
    const page = await open({ colorScheme, viewport: { width: 1000, height } }, "https://hub.example" + path);
    await page.screenshot({ path: `${ask.screens}/${name}.png` });
    await page.context().close();
  }
};

try {
  for (const part of [search, images, activity, withoutScripts, documented, screenshots]) {
    await part();
    console.log(part.name + " done");
  }
} catch (e) {
  check(false, e.stack);
}
await browser.close();
process.exit(failed === 0 ? 0 : 1);
