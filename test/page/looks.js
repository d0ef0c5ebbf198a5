// How the pages look, at two widths and in both colours.
import axe from "axe-core";
import { note } from "./controls.js";

const paths = {
  none: ["/"],
  two: ["/"],
  sixty: [
    "/", "/image/rabbitmq", "/activity?ref=library/redis:7", "/activity?ref=ghcr.io/secret/thing",
    "/image/none", "/?q=nothing+of+that+kind", "/image/rabbitmq/changes", "/image/home-assistant/changes", "/activity?ref=my-nginx",
  ],
  admin: ["/"],
  tenthousand: ["/", "/?q=node&sort=large&page=5"],
};

// Of these only pictures are taken: their like is looked at above.
const pictured = {
  two: ["/image/nginx", "/image/postgres/changes", "/?q=nginx"],
  sixty: ["/image/home-assistant", "/?q=grafana", "/activity", "/?page=2", "/image/rabbitmq/changes?from=never", "/image/caddy-2", "/?origin=failing"],
  tenthousand: ["/image/rabbitmq-500", "/image/rabbitmq-500/changes", "/?q=nothing+of+that+kind", "/image/none"],
};

const manners = [["light", 1280], ["dark", 1280], ["dark", 400], ["light", 400]];

// maxWeight is how many bytes a page and its files may have.
const maxWeight = 100 * 1024;

// accessible has axe-core look at a page.
const accessible = async (page, what, check) => {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const found = await globalThis.axe.run(document, { resultTypes: ["violations"], preload: false, elementRef: false, selectors: false, iframes: false });
    return found.violations.map((v) => ({ id: v.id, help: v.help, nodes: v.nodes.map((n) => n.html).slice(0, 3) }));
  });
  for (const v of violations) check(false, `${what}: ${v.id}: ${v.help}: ${v.nodes}`);
};

// cut are elements that are wider than what is seen of them. It runs in the page.
const cut = () =>
  [...document.querySelectorAll("body *:not(.hidden, .skip, select, input)")]
    .filter((e) => e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1)
    .map((e) => e.outerHTML.slice(0, 80));

// look examines a page in one manner.
const look = async (page, what, { ask, check }) => {
  const picture = async (name) => ask.keep && page.screenshot({ path: `${ask.keep}/${name}.png`, fullPage: true });
  await picture(what);
  const opened = await page.evaluateHandle(() => [...document.querySelectorAll("details:not([open])")]);
  const turn = (open) => opened.evaluate((all, open) => (all.forEach((d) => (d.open = open)), all.length), open);
  if ((await turn(true)) > 0) await picture(what + "-open");
  check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${what}: it is wider than the window`);
  const found = await page.evaluate(cut);
  check(found.length === 0, `${what}: this is cut: ${found.join("\n")}`);
  await accessible(page, what, check);
  await turn(false);
};

export const looks = async ({ ask, check, room }) => {
  for (const [server, examined] of Object.entries(paths)) {
    const all = examined.concat((ask.keep && pictured[server]) || []);
    const open = await room({});
    const page = await open(ask[server] + all[0]);
    for (const [i, path] of all.entries()) {
      if (i > 0) {
        page.expectsErrors = /none|never/.test(path);
        page.weight = 0;
        await page.goto(ask[server] + path, { waitUntil: "load" });
      }
      check(page.weight <= maxWeight, `${server}${path}: the page and its files have ${page.weight} bytes`);
      await note(page);
      for (const [colorScheme, width] of manners) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme });
        await look(page, `${server}-${i}-${width}-${colorScheme}`, { ask, check });
      }
    }
    await page.context().close();
  }
};

// documented takes the pictures of the documentation.
export const documented = async ({ ask, room }) => {
  const pictures = [
    ["page", "/", "light", 800], ["page-image", "/image/rabbitmq", "light", 1440], ["page-changes", "/image/rabbitmq/changes", "light", 1815],
    ["page-activity", "/activity", "dark", 1130], ["page-day", "/", "light", 860, ask.admin],
  ];
  for (const [name, path, colorScheme, height, server = "https://hub.example"] of pictures) {
    const page = await (await room({ colorScheme, viewport: { width: 1000, height } }))(server + path);
    await page.screenshot({ path: `${ask.keep}/${name}.png` });
    await page.context().close();
  }
};
