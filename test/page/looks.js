// How the pages look, at two widths and in both colours.
import axe from "axe-core";

const paths = {
  none: ["/"],
  two: ["/"],
  sixty: [
    "/", "/image/rabbitmq", "/image/home-assistant", "/?q=grafana", "/activity", "/activity?ref=library/redis:7", "/activity?ref=ghcr.io/secret/thing",
    "/image/none", "/?q=nothing+of+that+kind", "/image/rabbitmq/changes", "/image/home-assistant/changes",
  ],
  admin: ["/"],
  tenthousand: ["/", "/?q=node&sort=large&page=5"],
};

// Each page is loaded once; colours and widths change under it. axe-core looks at two of the
// four, which have both widths and both colours, as it takes the most time.
const manners = [["light", 1280, true], ["dark", 1280, false], ["light", 400, false], ["dark", 400, true]];

// accessible has axe-core look at a page.
const accessible = async (page, what, check) => {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const found = await globalThis.axe.run(document, { resultTypes: ["violations"], preload: false, elementRef: false });
    return found.violations.map((v) => ({ id: v.id, help: v.help, nodes: v.nodes.map((n) => n.html).slice(0, 3) }));
  });
  for (const v of violations) check(false, `${what}: ${v.id}: ${v.help}: ${v.nodes}`);
};

export const looks = async ({ ask, check, room }) => {
  for (const [server, all] of Object.entries(paths)) {
    const open = await room({});
    const page = await open(ask[server] + all[0]);
    for (const [i, path] of all.entries()) {
      page.expectsErrors = path === "/image/none";
      if (i > 0) await page.goto(ask[server] + path, { waitUntil: "load" });
      for (const [colorScheme, width, examined] of manners) {
        const what = `${server}-${i}-${width}-${colorScheme}`;
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme });
        check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${what}: it is wider than the window`);
        if (ask.keep) {
          const fullPage = server !== "tenthousand" && !(server === "sixty" && i === 0);
          await page.screenshot({ path: `${ask.keep}/${what}.png`, fullPage });
        }
        if (examined) await accessible(page, what, check);
      }
    }
    await page.context().close();
  }
};

// documented takes the pictures of the documentation.
export const documented = async ({ ask, room }) => {
  const pictures = [
    ["page", "/", "light", 800], ["page-image", "/image/rabbitmq", "light", 850], ["page-changes", "/image/rabbitmq/changes", "light", 900],
    ["page-activity", "/activity", "dark", 760], ["page-day", "/", "light", 860, ask.admin],
  ];
  for (const [name, path, colorScheme, height, server = "https://hub.example"] of pictures) {
    const page = await (await room({ colorScheme, viewport: { width: 1000, height } }))(server + path);
    await page.screenshot({ path: `${ask.keep}/${name}.png` });
    await page.context().close();
  }
};
