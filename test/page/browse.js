// Drives Chromium through the pages of several servers, whose addresses are in the argument.
// There is one browser. What is copied, what is clicked and what is looked at go on beside each
// other: the clipboard is one for all pages.
import { chromium } from "playwright-core";
import { clicks, copying } from "./clicks.js";
import { compared } from "./controls.js";
import { documented, looks } from "./looks.js";

const ask = JSON.parse(process.argv[2]);
const browser = await chromium.launch({
  executablePath: ask.chromium,
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--host-resolver-rules=MAP hub.example:443 " + new URL(ask.documented).host],
});
let failed = 0;
const began = Date.now();
const since = () => ((Date.now() - began) / 1000).toFixed(1);

const check = (right, what) => {
  if (right) return;
  failed++;
  console.log("FAILED: " + what);
};

// patience is how long one step may take: a test beside others waits long for a processor.
const patience = 120000;

// room gives a function that opens pages in one context. Nothing of a page may be refused by
// its policy, come from elsewhere or be missing.
const room = async (options) => {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(patience);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]).catch(() => {});
  return async (to) => {
    const page = await context.newPage();
    page.weight = 0;
    page.expectsErrors = false; // the browser says that there is a 404
    page.on("console", (m) => check(m.type() !== "error" || page.expectsErrors, `${page.url()}: ${m.text()}`));
    page.on("pageerror", (e) => check(false, `${page.url()}: ${e}`));
    page.abroad = false; // a link elsewhere was clicked
    page.on("request", (r) => check(page.abroad || r.url().startsWith(new URL(to).origin), `${page.url()} asks for ${r.url()}`));
    page.on("response", (r) => {
      page.weight += Number(r.headers()["content-length"] ?? 0);
    });
    await page.goto(to, { waitUntil: "load" });
    return page;
  };
};

const tools = { ask, check, room };
const lane = async (parts) => {
  for (const [name, part] of parts) {
    try {
      await part(tools);
      console.log(`${name} done after ${since()} s`);
    } catch (e) {
      check(false, `${name}: ${e.stack}`);
    }
  }
};
await Promise.all([lane(Object.entries(copying)), lane(Object.entries(clicks)), lane([["looks", looks], ...(ask.keep ? [["documented", documented]] : [])])]);
const { missed, text } = compared();
for (const one of missed) check(false, `nobody clicked ${one}`);
console.log(text);
await browser.close();
process.exit(failed === 0 ? 0 : 1);
